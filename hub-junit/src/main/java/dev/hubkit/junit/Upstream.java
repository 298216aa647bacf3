package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A stream whose messages another stream copies, as its mirror or from several sources; an
 * attribute of {@link WithStream} and {@link WithBucket}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Upstream {
  /** The name of the stream, or of the bucket; empty for none. */
  String value();

  /** The sequence of the first message to copy; 0 for the first of all. */
  long startSequence() default 0;

  /** The time of the first message to copy, as {@code 2026-01-31T12:00:00Z}; empty for any. */
  String startTime() default "";

  /** The subjects of the messages to copy; empty for all. */
  String filterSubject() default "";

  /** How to change the subjects of the copies. */
  Transform[] transforms() default {};

  /** The JetStream domain of the stream; empty for that of the server. */
  String domain() default "";

  /** The prefix of the JetStream API of another account; empty for that of this one. */
  String api() default "";

  /** The prefix of the subjects on which another account delivers; empty for none. */
  String deliver() default "";

  /** The durable consumer to copy with; empty for one that the server creates. */
  String consumer() default "";

  /** The subject on which that consumer delivers; empty for none. */
  String consumerDeliverSubject() default "";
}
