import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { storeConformance } from "../../conformance/store.js";

storeConformance("memory", async () => createMemoryStore());
