import { openPostgres } from "../../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../../src/adapters/store/postgres.js";
import { storeConformance } from "../../conformance/store.js";
import { postgresAt } from "../../support/postgres.js";
import { describeOn } from "../../support/servers.js";

describeOn("postgres", "PostgreSQL", (url) => {
  storeConformance("postgres", async () => {
    const db = await openPostgres(postgresAt(url));
    const store = createPostgresStore(db);
    return {
      ...store,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
        await db[Symbol.asyncDispose]();
      },
    };
  });
});
