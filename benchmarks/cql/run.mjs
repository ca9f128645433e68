// node run.mjs PACKAGES CHART.json BUNDLES.ndjson: each line a FHIR bundle as text; says, as JSON, what the chart answers of
// each, microseconds of processor time of each (of the second of two passes), and the largest memory in MB.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, chart, bundles] = process.argv.slice(2);
const need = createRequire(join(packages, "package.json"));
const { Executor, Library, Repository } = need("cql-execution");
const { PatientSource } = need("cql-exec-fhir");

const library = new Library(JSON.parse(readFileSync(chart, "utf-8")), new Repository({}));
const executor = new Executor(library);
const texts = readFileSync(bundles, "utf-8").trim().split("\n");
let answers, each;
for (let pass = 0; pass < 2; pass += 1) {
  answers = [];
  const begun = process.cpuUsage();
  for (const text of texts) {
    const source = PatientSource.FHIRv401();
    source.loadBundles([JSON.parse(text)]);
    const results = await executor.exec(source);
    const [found] = Object.values(results.patientResults);
    answers.push({ step: found.Step, reasons: JSON.parse(JSON.stringify(found.Reasons)) });
  }
  const spent = process.cpuUsage(begun);
  each = (spent.user + spent.system) / texts.length;
}
const memory = Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf-8"))[1]) / 1024;
console.log(JSON.stringify({ answers, each, memory }));
