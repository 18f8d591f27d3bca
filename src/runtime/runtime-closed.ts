/** The runtime was closed while a run by hand was under way: no report of it will come here. */
export class RuntimeClosed extends Error {
  override readonly name = "RuntimeClosed";
  constructor() {
    super("the runtime was closed while the run was under way");
  }
}
