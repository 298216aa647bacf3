package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Injects a bucket, into a parameter or field of type {@link io.nats.client.KeyValue} or {@link
 * io.nats.client.ObjectStore}. Where {@link WithBucket} or {@link WithObjectStore} declares no
 * bucket of this name, the extension creates one in memory, which lasts as long as the hub.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER})
public @interface Bucket {
  /** The name of the bucket. */
  String value();
}
