package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Creates an object store bucket before the tests. {@link Bucket} injects it.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the bucket afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithObjectStore.WithObjectStores.class)
public @interface WithObjectStore {
  /** The name of the bucket. */
  String name();

  /** Where the bucket keeps objects; choose files only for tests that are about files. */
  Storage storage() default Storage.DEFAULT;

  /** A description. */
  String description() default "";

  /** How long the bucket keeps an object, as {@code 1h}; empty for ever. */
  String ttl() default "";

  /** The most bytes of all that the bucket keeps; -1 for no limit. */
  long maxBucketSize() default -1;

  /** Whether the bucket compresses its files. */
  boolean compression() default false;

  /** The number of replicas; more than 1 needs {@link WithHub#acceptReplicas()}. */
  int replicas() default 1;

  /** The cluster to place the bucket in; empty for any. */
  String placementCluster() default "";

  /** The tags of the servers to place the bucket on. */
  String[] placementTags() default {};

  /** Metadata, as {@code key=value}. */
  String[] metadata() default {};

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithObjectStores {
    /** The annotations. */
    WithObjectStore[] value();
  }
}
