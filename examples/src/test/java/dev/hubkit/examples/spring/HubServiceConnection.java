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
 * Starts one hub for the whole run and gives its address to the applications of all tests as {@code
 * nats.server}. Put it above {@code @SpringBootTest}, so that the hub starts before Spring does.
 */
@WithHub(name = "spring", lifecycle = HubLifecycle.PER_SUITE, fossil = false)
@HubProperty(name = HubServiceConnection.ADDRESS, service = Service.NATS, hub = "spring")
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface HubServiceConnection {
  /** The system property that carries the address from one JUnit extension to the other. */
  String ADDRESS = "examples.spring.nats";
}
