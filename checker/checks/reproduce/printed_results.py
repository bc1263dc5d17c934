# Runs PROGRAM and wants the results of CONDITION in its output.
import re, subprocess, sys
done = subprocess.run([PROGRAM], capture_output=True, text=True)
said = re.sub(r"np\.\w+\((.*?)\)|[|│]", r"\1 ", done.stdout + done.stderr)
number = r"\d+(?:\.\d*)?"
pair = rf"(?<![\d.]){number}[^\w.\n]+{number}(?![\d.\w])"
rows = rf"{pair}[^\d\n]*\n?[^\d\n]*(?:\b[01]\b[^\w.]+)?{pair}"
sys.exit(done.returncode or (0 if CONDITION else "not printed"))
