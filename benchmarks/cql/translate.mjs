// node translate.mjs: chart.cql to chart.json (ELM) beside the installed packages.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [packages, source, system, target] = process.argv.slice(2);
const need = createRequire(join(packages, "package.json"));
const cql = await import(join(packages, "node_modules/@cqframework/cql/cql-to-elm.mjs"));
const models = join(dirname(need.resolve("cql-exec-fhir")), "modelInfos");

const modelManager = new cql.ModelManager();
modelManager.modelInfoLoader.registerModelInfoProvider(
  cql.createModelInfoProvider((id, _system, version) =>
    cql.stringAsSource(readFileSync(id === "System" ? system : join(models, `fhir-modelinfo-${version}.xml`), "utf-8")),
  ),
);
const translator = cql.CqlTranslator.fromText(readFileSync(source, "utf-8"), new cql.LibraryManager(modelManager));
const errors = translator.errors?.asJsReadonlyArrayView?.() ?? [];
if (errors.length) {
  console.error(errors.map((x) => x.message).join("\n"));
  process.exit(1);
}
writeFileSync(target, translator.toJson());
