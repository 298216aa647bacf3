package dev.hubkit.examples.spring;

import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubProperty;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A hub for the whole run, whose address the applications of all tests get as {@code nats.server}.
 * To stand above {@code @SpringBootTest}, so that the hub is there before Spring.
 */
@WithHub(name = "spring", lifecycle = HubLifecycle.PER_SUITE, fossil = false)
@HubProperty(name = HubServiceConnection.ADDRESS, service = Service.NATS, hub = "spring")
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface HubServiceConnection {
  /** The system property by which the address comes from one extension of JUnit to the other. */
  String ADDRESS = "examples.spring.nats";
}
