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
 * Creates a key-value bucket before the tests. {@link Bucket} injects it.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the bucket afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithBucket.WithBuckets.class)
public @interface WithBucket {
  /** The name of the bucket. */
  String name();

  /** Where the bucket keeps values; choose files only for tests that are about files. */
  Storage storage() default Storage.DEFAULT;

  /** A description. */
  String description() default "";

  /** How many values of a key the bucket keeps, 1 to 64. */
  int history() default 1;

  /** How long the bucket keeps a value, as {@code 1h}; empty for ever. */
  String ttl() default "";

  /** The most bytes of all that the bucket keeps; -1 for no limit. */
  long maxBucketSize() default -1;

  /** The most bytes of a value; -1 for no limit. */
  int maxValueSize() default -1;

  /**
   * How long the bucket keeps a mark of a value that it has removed by age, as {@code 1h}; empty
   * for no such marks. It also allows values their own time to live.
   */
  String limitMarker() default "";

  /** Whether the bucket compresses its files. */
  boolean compression() default false;

  /** The number of replicas; more than 1 needs {@link WithHub#acceptReplicas()}. */
  int replicas() default 1;

  /** The cluster to place the bucket in; empty for any. */
  String placementCluster() default "";

  /** The tags of the servers to place the bucket on. */
  String[] placementTags() default {};

  /** The bucket that this one mirrors. */
  Upstream mirror() default @Upstream("");

  /** The buckets that this one copies values from. */
  Upstream[] sources() default {};

  /** Where the bucket publishes again what it has stored. */
  RepublishTo republish() default @RepublishTo("");

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
  @interface WithBuckets {
    /** The annotations. */
    WithBucket[] value();
  }
}
