# Wants a statement that is no expression in the files of the command line.
import ast, sys
trees = [ast.parse(open(path, encoding="utf-8").read()) for path in sys.argv[1:]]
sys.exit(not any(not isinstance(node, ast.Expr) for tree in trees for node in tree.body))
