package dev.hubkit.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.platform.commons.support.AnnotationSupport;

/** What one class or method declares for one hub. */
record Declarations(
    List<NatsUser> users,
    List<Stream> streams,
    List<Bucket> buckets,
    List<Consumer> consumers,
    Optional<Seed> seed,
    Optional<NatsConfig> natsConfig) {

  /**
   * Reads the annotations of a class or method, inherited ones included.
   *
   * @param hub whether a declaration with this {@code hub} attribute is for the hub in question
   */
  static Declarations of(AnnotatedElement element, Predicate<String> hub) {
    return new Declarations(
        AnnotationSupport.findRepeatableAnnotations(element, NatsUser.class).stream()
            .filter(each -> hub.test(each.hub()))
            .toList(),
        AnnotationSupport.findRepeatableAnnotations(element, Stream.class).stream()
            .filter(each -> hub.test(each.hub()))
            .toList(),
        AnnotationSupport.findRepeatableAnnotations(element, Bucket.class).stream()
            .filter(each -> hub.test(each.hub()))
            .toList(),
        AnnotationSupport.findRepeatableAnnotations(element, Consumer.class).stream()
            .filter(each -> hub.test(each.hub()))
            .toList(),
        AnnotationSupport.findAnnotation(element, Seed.class).filter(each -> hub.test(each.hub())),
        AnnotationSupport.findAnnotation(element, NatsConfig.class)
            .filter(each -> hub.test(each.hub())));
  }

  /** The same without what is given to a server when it starts. */
  Declarations withoutStart() {
    return new Declarations(users, streams, buckets, consumers, Optional.empty(), Optional.empty());
  }

  /** The same without the file that a server is started with. */
  Declarations withoutNatsConfig() {
    return new Declarations(users, streams, buckets, consumers, seed, Optional.empty());
  }

  /** The users, and no more. */
  Declarations onlyUsers() {
    return new Declarations(
        users, List.of(), List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  /** All but the users. */
  Declarations withoutUsers() {
    return new Declarations(List.of(), streams, buckets, consumers, seed, natsConfig);
  }

  /** The file that a server is started with, and no more. */
  Declarations onlyNatsConfig() {
    return new Declarations(
        List.of(), List.of(), List.of(), List.of(), Optional.empty(), natsConfig);
  }

  /** Whether there is anything that is made by a client of NATS. */
  boolean hasStreams() {
    return !streams.isEmpty() || !buckets.isEmpty() || !consumers.isEmpty();
  }

  /** Whether there is nothing to do on a running hub. */
  boolean isEmpty() {
    return users.isEmpty()
        && streams.isEmpty()
        && buckets.isEmpty()
        && consumers.isEmpty()
        && seed.isEmpty()
        && natsConfig.isEmpty();
  }
}
