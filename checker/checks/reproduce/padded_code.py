# Fails where most statements of the files of the command line are idle or alike.
import ast, re, sys
trees = [ast.parse(open(path, "rb").read()) for path in sys.argv[1:]]
nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.stmt)]
idle = [n for n in nodes if isinstance(n, ast.Pass) or isinstance(getattr(n, "value", 0), ast.Constant)]
shapes = {re.sub(r"\d+|'[^']*'", "", ast.dump(n)) for n in nodes if n not in idle}
sys.exit(len(nodes) - len(shapes) > max(100, len(nodes) / 2))
