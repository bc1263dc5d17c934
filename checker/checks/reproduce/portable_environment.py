# Wants the environment file PATH without prefix, with a name and one Python, and none of the names REFUSED by conda.
import re, sys, yaml
data = yaml.safe_load(open(PATH, encoding='utf-8-sig'))
names = [item for item in data['dependencies'] if isinstance(item, str)]
python = [name for name in names if re.match(r'python *([=<>~ ]|$)', name)]
bare = [re.split(r'[ =<>~!]', name)[0] for name in names]
sys.exit('prefix' in data or re.search(r'^(base|root|.*[/:# ].*)$', str(data.get('name') or 'base').strip())
    or not any(re.search(r'[0-9]', name) for name in python)
    or any(name.lower() in REFUSED for name in bare)
    or any(re.search(r'^python *=* *(2|3,|3[.][0-3]([^0-9]|$)|3[.][3-9][0-9])', name) for name in python))
