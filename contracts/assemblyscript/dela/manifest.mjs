// A transform for asc: the lines "//! reads KEY" and "//! access COMMAND" of the contract's own file become the section
// dela.manifest.
export default class Manifest {
  afterParse(parser) {
    this.lines = parser.sources
      .filter((source) => source.sourceKind === 1) // the file that asc was given
      .flatMap((source) => source.text.match(/^\/\/! (reads|access) .+$/gm) ?? [])
      .map((line) => line.slice(4).trimEnd() + "\n");
  }

  afterCompile(module) {
    if (this.lines.length !== 0)
      module.addCustomSection("dela.manifest", new TextEncoder().encode(this.lines.join("")));
  }
}
