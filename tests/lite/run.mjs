// Runs a Python file inside Pyodide: node run.mjs RUNTIME FILE INPUT OUTPUT [NAME=FOLDER ...] [+PACKAGE ...] [-old]
// INPUT is JSON; its values reach Python as values of JavaScript do: whole numbers as integers, null as None.
// FOLDERs are seen as /NAME. With -old, Office says that its runtime knows no errors as results.
import fs from "fs";
import { pathToFileURL } from "url";

const [runtime, file, input, output, ...rest] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide.mjs`));
const times = {};
const clock = async (name, work) => {
  const started = performance.now();
  const result = await work();
  times[name] = (performance.now() - started) / 1000;
  return result;
};

if (rest.includes("-old"))
  globalThis.Office = { context: { requirements: { isSetSupported: (_, version) => Number(version) < 1.4 } } };
const python = await clock("start", () => loadPyodide({ indexURL: `${runtime}/` }));
const packages = ["numpy", ...rest.filter((word) => word.startsWith("+")).map((word) => word.slice(1))];
await clock("numpy", () => python.loadPackage(packages, { messageCallback() {} }));
for (const word of rest.filter((word) => word.includes("="))) {
  const [name, root] = word.split("=");
  python.FS.mkdir(`/${name}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, `/${name}`);
}
python.globals.set("given", python.toPy(JSON.parse(fs.readFileSync(input, "utf8"))));
const result = await python.runPythonAsync(fs.readFileSync(file, "utf8"));
fs.writeFileSync(output, JSON.stringify({ times, result: JSON.parse(result) }));
