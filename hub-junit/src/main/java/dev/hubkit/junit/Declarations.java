package dev.hubkit.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.platform.commons.support.AnnotationSupport;

/** The declarations on one class or method: what a hub is to contain before the tests. */
record Declarations(
    List<WithUser> users,
    List<WithStream> streams,
    List<WithBucket> buckets,
    List<WithObjectStore> objectStores,
    List<WithConsumer> consumers,
    Optional<WithSeed> seed,
    Optional<WithNatsConfig> natsConfig) {

  private static final Declarations NONE =
      new Declarations(
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.empty());

  /** Reads the annotations of a class or method, inherited ones included, for whatever hub. */
  static Declarations on(AnnotatedElement element) {
    return new Declarations(
        all(element, WithUser.class),
        all(element, WithStream.class),
        all(element, WithBucket.class),
        all(element, WithObjectStore.class),
        all(element, WithConsumer.class),
        AnnotationSupport.findAnnotation(element, WithSeed.class),
        AnnotationSupport.findAnnotation(element, WithNatsConfig.class));
  }

  private static <A extends Annotation> List<A> all(AnnotatedElement element, Class<A> type) {
    return AnnotationSupport.findRepeatableAnnotations(element, type);
  }

  /**
   * Returns the declarations for one hub.
   *
   * @param hub whether a {@code hub} attribute names that hub
   */
  Declarations of(Predicate<String> hub) {
    return new Declarations(
        those(users, WithUser::hub, hub),
        those(streams, WithStream::hub, hub),
        those(buckets, WithBucket::hub, hub),
        those(objectStores, WithObjectStore::hub, hub),
        those(consumers, WithConsumer::hub, hub),
        seed.filter(each -> hub.test(each.hub())),
        natsConfig.filter(each -> hub.test(each.hub())));
  }

  private static <A> List<A> those(
      List<A> declared, Function<A, String> nameOf, Predicate<String> hub) {
    return declared.stream().filter(each -> hub.test(nameOf.apply(each))).toList();
  }

  /** Returns these declarations without those that a server is started with. */
  Declarations withoutStart() {
    return with(Optional.empty(), Optional.empty());
  }

  /** Returns these declarations without the configuration file. */
  Declarations withoutNatsConfig() {
    return with(seed, Optional.empty());
  }

  private Declarations with(Optional<WithSeed> newSeed, Optional<WithNatsConfig> newConfig) {
    return new Declarations(users, streams, buckets, objectStores, consumers, newSeed, newConfig);
  }

  /** Returns the users alone. */
  Declarations onlyUsers() {
    return new Declarations(
        users,
        NONE.streams,
        NONE.buckets,
        NONE.objectStores,
        NONE.consumers,
        NONE.seed,
        NONE.natsConfig);
  }

  /** Returns all declarations but the users. */
  Declarations withoutUsers() {
    return new Declarations(
        NONE.users, streams, buckets, objectStores, consumers, seed, natsConfig);
  }

  /** Returns the configuration file alone. */
  Declarations onlyNatsConfig() {
    return NONE.with(Optional.empty(), natsConfig);
  }

  /** Returns whether a NATS client has to create some of this. */
  boolean hasStreams() {
    return !streams.isEmpty()
        || !buckets.isEmpty()
        || !objectStores.isEmpty()
        || !consumers.isEmpty();
  }

  /** Returns whether nothing is declared. */
  boolean isEmpty() {
    return equals(NONE);
  }
}
