/**
 * {@code @WithHub}: a hub for a JUnit test.
 *
 * <p>The NATS client, AssertJ and JSONPath are those of the tests, where they use them: a module
 * that does requires them itself.
 */
module dev.hubkit.junit {
  requires transitive dev.hubkit.core;
  requires transitive java.logging;
  requires static io.nats.jnats;
  requires static json.path;
  requires static org.assertj.core;
  requires static io.micronaut.test.micronaut_test_core;
  requires static kotlin.stdlib;
  requires static kotlinx.coroutines.core;
  requires static quarkus.test.common;
  requires static spring.beans;
  requires static spring.boot.autoconfigure;
  requires static spring.context;
  requires static spring.core;
  requires static spring.test;
  requires static transitive org.jspecify;
  requires static transitive org.junit.jupiter.api;

  exports dev.hubkit.junit;
  exports dev.hubkit.junit.assertj;
  exports dev.hubkit.junit.cluster;
  exports dev.hubkit.junit.explore;
  exports dev.hubkit.junit.fault;
  exports dev.hubkit.junit.history;
  exports dev.hubkit.junit.journal;
  exports dev.hubkit.junit.kotlin;
  exports dev.hubkit.junit.message;
  exports dev.hubkit.junit.micronaut;
  exports dev.hubkit.junit.quarkus;
  exports dev.hubkit.junit.replay;
  exports dev.hubkit.junit.runner;
  exports dev.hubkit.junit.spring;
  exports dev.hubkit.junit.stub;
  exports dev.hubkit.junit.time;

  // JUnit makes the extensions.
  opens dev.hubkit.junit to
      org.junit.platform.commons;
  opens dev.hubkit.junit.explore to
      org.junit.platform.commons;
}
