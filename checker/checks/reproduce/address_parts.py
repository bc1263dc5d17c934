# Looks for constants that hold a part of the address in modules, defaults of parameters aside.
import ast, glob, sys
names, main, found = PARTS, MAIN, []
for path in sorted(glob.glob("**/*.py", recursive=True), key=lambda path: path == main):
    tree = ast.parse(open(path, "rb").read())
    inside = [part for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for part in node.body]
    inside += [node for node in tree.body if isinstance(node, ast.Assign) and path != main]
    constants = [node for part in inside for node in ast.walk(part) if isinstance(node, ast.Constant)]
    if path != main or not found and "read_csv" in ast.unparse(tree):
        found += [f"{path}:{node.lineno}" for node in constants if set(names) & set(str(node.value).split("/"))]
sys.exit("written in the code: " + ", ".join(found) if found else 0)
