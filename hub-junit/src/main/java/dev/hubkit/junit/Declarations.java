package dev.hubkit.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The declarations on one class or method: what a hub is to contain before the tests. */
record Declarations(
    List<WithUser> users,
    List<WithFixture> fixtures,
    List<WithStubs> stubs,
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
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.empty());

  /** Reads the annotations of a class or method, inherited ones included, for whatever hub. */
  static Declarations on(AnnotatedElement element) {
    return new Declarations(
        all(element, WithUser.class),
        all(element, WithFixture.class),
        all(element, WithStubs.class),
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
   * @param hub says whether a declaration is for that hub
   */
  Declarations of(HubChoice hub) {
    return new Declarations(
        those(users, WithUser::hub, hub),
        those(fixtures, WithFixture::hub, hub),
        those(stubs, WithStubs::hub, hub),
        those(streams, WithStream::hub, hub),
        those(buckets, WithBucket::hub, hub),
        those(objectStores, WithObjectStore::hub, hub),
        those(consumers, WithConsumer::hub, hub),
        seed.filter(each -> hub.isMeant(each.hub(), each)),
        natsConfig.filter(each -> hub.isMeant(each.hub(), each)));
  }

  private static <A extends Annotation> List<A> those(
      List<A> declared, Function<A, String> nameOf, HubChoice hub) {
    return declared.stream().filter(each -> hub.isMeant(nameOf.apply(each), each)).toList();
  }

  /** Says whether a declaration is for some hub. */
  interface HubChoice {
    /** Returns whether the {@code hub} attribute of a declaration names that hub. */
    boolean isMeant(String hub, Annotation declaration);
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
    return new Declarations(
        users, fixtures, stubs, streams, buckets, objectStores, consumers, newSeed, newConfig);
  }

  /** Returns what snapshots do not contain: users and stubs. */
  Declarations outsideSnapshots() {
    return new Declarations(
        users,
        NONE.fixtures,
        stubs,
        NONE.streams,
        NONE.buckets,
        NONE.objectStores,
        NONE.consumers,
        NONE.seed,
        NONE.natsConfig);
  }

  /** Returns all declarations but the users and stubs. */
  Declarations withinSnapshots() {
    return new Declarations(
        NONE.users,
        fixtures,
        NONE.stubs,
        streams,
        buckets,
        objectStores,
        consumers,
        seed,
        natsConfig);
  }

  /** Returns the configuration file alone. */
  Declarations onlyNatsConfig() {
    return NONE.with(Optional.empty(), natsConfig);
  }

  /** Returns the declarations that only NATS can have: all but the seed and the fixtures. */
  Declarations onlyOfNats() {
    return new Declarations(
        users,
        NONE.fixtures,
        stubs,
        streams,
        buckets,
        objectStores,
        consumers,
        Optional.empty(),
        natsConfig);
  }

  /** Returns one of the declarations; null for none. */
  @Nullable Annotation first() {
    return Stream.<List<? extends Annotation>>of(
            users,
            fixtures,
            stubs,
            streams,
            consumers,
            buckets,
            objectStores,
            seed.stream().toList(),
            natsConfig.stream().toList())
        .flatMap(List::stream)
        .findFirst()
        .orElse(null);
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
