# What conda does first with a file, without conda.
import re, sys, yaml
source = open(sys.argv[1], encoding="utf-8").read()
data = yaml.safe_load(source)
items = data["dependencies"]
names = [item for item in items if isinstance(item, str)]
lists = [item for item in items if not isinstance(item, str)]
pip = [line for item in lists for line in item["pip"] or []]
files = [line[2:].strip() for line in pip if line.startswith("-r")]
pip += [line for path in files for line in open(path, encoding="utf-8-sig")]
right = r"\w[^\s=<>!~]* *([=<>!~](?![<>]).*[^,<>=!~]|[ ][\w.*]+)?$"
wrong = [name for name in names if " - " in name or not re.match(right, name.strip())]
wrong += [line for line in pip if re.match(r"(python *[=<>]|[\w.-]+ *=[^=]|[\w./-]+[.](txt|in) *$)", line)]
wrong += [line for line in pip if re.match(r"[\w.-]+( +v?[\d.]+| *[=<>!~]+| +install .*) *$", line)]
wrong += re.findall("(?m)^dependencies *:", source)[1:]
sys.exit(bool(wrong or not items or any(list(item) != ["pip"] for item in lists)))
