# Looks for an import of the project's modules in the script PATH.
import ast, glob, sys
own = {part.removesuffix(".py") for path in glob.glob("**/*.py", recursive=True) for part in path.split("/")}
tree = ast.parse(open(PATH, "rb").read())
names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
sys.exit(0 if any(name.split(".")[0] in own for name in names) else "nothing of the project is imported")
