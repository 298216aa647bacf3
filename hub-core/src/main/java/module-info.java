/**
 * A NATS server with JetStream, a Fossil repository with its server, and the hub that runs both.
 *
 * <p>Programs see the face: the hub, the two servers, what they are given and what they return. The
 * other packages are for the modules of the project alone and may change at any time.
 *
 * <p>The driver of SQLite and JGit are optional: a program that uses NATS alone leaves them out. On
 * the module path the driver is found as a provider of {@code java.sql.Driver}.
 */
@SuppressWarnings(
    "module") // The modules that packages are exported to are compiled after this one.
module dev.hubkit.core {
  requires bcrypt;
  requires com.fasterxml.jackson.core;
  requires java.management;
  requires java.naming;
  requires java.net.http;
  requires java.sql;
  requires jdk.httpserver;
  requires jdk.management;
  requires jdk.unsupported;
  requires static org.eclipse.jgit;
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires static org.xerial.sqlitejdbc;

  exports dev.hubkit;
  exports dev.hubkit.fixture;
  exports dev.hubkit.fossil;
  exports dev.hubkit.fossil.artifact;
  exports dev.hubkit.fossil.content;
  exports dev.hubkit.fossil.sync;
  exports dev.hubkit.fossil.web;
  exports dev.hubkit.nats;
  exports dev.hubkit.nats.config;
  exports dev.hubkit.nats.release;
  exports dev.hubkit.time;
  exports dev.hubkit.workspace;
  exports dev.hubkit.io to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.json to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.log to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.nats.account to
      dev.hubkit.junit;
  exports dev.hubkit.nats.credential to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.nats.jetstream.config to
      dev.hubkit.junit;
  exports dev.hubkit.nats.jetstream.store to
      dev.hubkit.junit;
  exports dev.hubkit.nats.net to
      dev.hubkit.junit;
  exports dev.hubkit.nats.subject to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.nats.system to
      dev.hubkit.cli;
  exports dev.hubkit.nats.tls to
      dev.hubkit.cli;
  exports dev.hubkit.nats.wire to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.view to
      dev.hubkit.cli,
      dev.hubkit.junit;
  exports dev.hubkit.work to
      dev.hubkit.junit;
}
