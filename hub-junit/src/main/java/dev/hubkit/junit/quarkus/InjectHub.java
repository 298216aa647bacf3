package dev.hubkit.junit.quarkus;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a field of a test class that {@link HubTestResource} fills with the connection of the hub:
 * of type {@link io.nats.client.Connection}, {@link io.nats.client.JetStream} or {@link
 * io.nats.client.JetStreamManagement}. A field of type {@link dev.hubkit.junit.HubResource} needs
 * no mark.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface InjectHub {}
