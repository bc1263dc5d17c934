# A script run as if one package were not installed.
import runpy, sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
package, main = sys.argv[1:]
sys.argv = [main]
sys.meta_path.insert(0, Without())
runpy.run_path(main, run_name="__main__")
