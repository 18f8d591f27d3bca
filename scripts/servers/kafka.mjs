// Apache Kafka, from its jars; one broker that is its own controller (KRaft).
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Missing, cached, onPath } from "./cache.mjs";
import { ask } from "./port.mjs";
import { run } from "./run.mjs";

const VERSION = "4.3.1";
/** Small and quick to start, with pauses of 15 ms; by the variables of Kafka's own scripts it is as on a server. */
function jvm() {
  const { KAFKA_HEAP_OPTS = "-Xms128m -Xmx384m", KAFKA_JVM_PERFORMANCE_OPTS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1" } = process.env;
  return [KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS].flatMap((text) => text.split(/\s+/).filter(Boolean)).concat("-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
}
/** Any base64url UUID does. */
const CLUSTER = "Zmxvd2N0bC10ZXN0cy0wMQ";

export const kafka = {
  async prepare(onlyCached) {
    if (onPath("java") === null) throw new Missing("needs Java 17: install it");
    return cached(`kafka-${VERSION}`, onlyCached, (into) => {
      if (onPath("mvn") === null) throw new Missing("its jars are fetched with Maven: install it");
      fetchJars(into, "kafka_2.13");
    });
  },
  /**
   * `listeners`: others beside the plain one, as `{ NAME: { port, protocol, settings } }`; `users`: what SCRAM knows. For
   * tests of TLS and SASL. `cluster`: which server it is, and the ports of the controllers of all.
   */
  launch({ program, folder, ports, listeners = {}, users = [], cluster = { number: 1, controllers: [ports[1]] } }) {
    const settings = join(folder, "server.properties");
    const log = join(folder, "data");
    const java = [...jvm(), `-Dkafka.logs.dir=${folder}`, "-cp", join(program, "lib", "*")];
    writeFileSync(settings, properties(log, ports, Object.entries(listeners), cluster));
    if (!existsSync(join(log, "meta.properties"))) run("java", [...java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", settings, ...users.flatMap((user) => ["--add-scram", user])]);
    return { command: "java", args: [...java, "kafka.Kafka", settings] };
  },
  // ApiVersions, version 0, without a client id.
  answers: async ([port]) => (await ask(port, Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]))) !== null,
  url: ([port]) => `kafka://127.0.0.1:${port}`,
};

/** The console tools, to be used beside the server's jars. */
export const kafkaTools = (onlyCached) => cached(`kafka-tools-${VERSION}`, onlyCached, (into) => fetchJars(into, "kafka-tools", "-DincludeArtifactIds=kafka-tools"));

function fetchJars(into, artifact, ...more) {
  const pom = join(into, "pom.xml");
  writeFileSync(pom, project(artifact));
  run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${join(into, "lib")}`, ...more]);
}

const project = (artifact) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>flowctl</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>${artifact}</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

// A short session: a broker that was killed is back in seconds, as a test needs it; in one of a second it was fenced where the machine was busy.
const properties = (log, [port, controller], listeners, { number, controllers }) => `process.roles=broker,controller
node.id=${number}
controller.quorum.voters=${controllers.map((one, at) => `${at + 1}@127.0.0.1:${one}`).join(",")}
listeners=${[...addresses(port, listeners), `CONTROLLER://127.0.0.1:${controller}`].join(",")}
advertised.listeners=${addresses(port, listeners).join(",")}
controller.listener.names=CONTROLLER
listener.security.protocol.map=${["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT", ...listeners.map(([name, { protocol }]) => `${name}:${protocol}`)].join(",")}
inter.broker.listener.name=PLAINTEXT
log.dirs=${log}
offsets.topic.replication.factor=${controllers.length}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=${controllers.length}
transaction.state.log.min.isr=${Math.ceil(controllers.length / 2)}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.io.buffer.size=131072
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=${controllers.length > 1 ? 6000 : 3000}
auto.create.topics.enable=false
${listeners.flatMap(([name, { settings }]) => Object.entries(settings).map(([key, value]) => `listener.name.${name.toLowerCase()}.${key}=${value}`)).join("\n")}
`;
const addresses = (port, listeners) => [["PLAINTEXT", { port }], ...listeners].map(([name, listener]) => `${name}://127.0.0.1:${listener.port}`);
