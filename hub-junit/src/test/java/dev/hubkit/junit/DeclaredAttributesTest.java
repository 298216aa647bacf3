package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the NATS client can set of streams, consumers and buckets, an annotation can declare.
 */
@WithHub(fossil = false)
class DeclaredAttributesTest {
  private static final String ELSEWHERE = "- ";

  // ---- Each setter of the client has an attribute.

  private static final Map<String, String> OF_STREAM =
      attributes(
          "name name, description description, subjects subjects, addSubjects subjects,"
              + " retentionPolicy retention, compressionOption compression, maxConsumers"
              + " maxConsumers, maxMessages maxMessages, maxMessagesPerSubject"
              + " maxMessagesPerSubject, maxBytes maxBytes, maxAge maxAge, maxMsgSize"
              + " maxMessageSize, maximumMessageSize maxMessageSize, storageType storage, replicas"
              + " replicas, noAck noAck, discardPolicy discardNew, duplicateWindow duplicateWindow,"
              + " placement placementCluster, republish republish, subjectTransform"
              + " subjectTransform, consumerLimits consumerMaxAckPending, mirror mirror, sources"
              + " sources, addSources sources, addSource sources, allowRollup allowRollup,"
              + " allowDirect allowDirect, mirrorDirect mirrorDirect, denyDelete denyDelete,"
              + " denyPurge denyPurge, discardNewPerSubject discardNewPerSubject, metadata"
              + " metadata, firstSequence firstSequence, subjectDeleteMarkerTtl"
              + " subjectDeleteMarkerTtl, allowMessageTtl allowMessageTtl, allowMessageSchedules"
              + " allowMessageSchedules, allowMessageCounter allowMessageCounter,"
              + " allowAtomicPublish allowAtomicPublish, allowBatched allowBatched, persistMode"
              + " persistAsync",
          "seal",
          "nats-server rejects a new stream that is sealed; a test seals one by an update",
          "templateOwner",
          "nats-server has no stream templates any more");

  private static final Map<String, String> OF_CONSUMER =
      attributes(
          "json file, jsonValue file, description description, durable name, name name,"
              + " deliverPolicy deliver, deliverSubject deliverSubject, deliverGroup deliverGroup,"
              + " startSequence startSequence, startTime startTime, ackPolicy ack, ackWait ackWait,"
              + " maxDeliver maxDeliver, filterSubject filters, filterSubjects filters,"
              + " replayPolicy replayOriginal, sampleFrequency sampleFrequency, rateLimit"
              + " rateLimit, maxAckPending maxAckPending, idleHeartbeat idleHeartbeat, flowControl"
              + " flowControl, maxExpires maxExpires, inactiveThreshold inactiveThreshold,"
              + " maxPullWaiting maxPullWaiting, maxBatch maxBatch, maxBytes maxBytes, numReplicas"
              + " replicas, pauseUntil pauseUntil, headersOnly headersOnly, memStorage"
              + " memoryStorage, backoff backoff, metadata metadata, priorityGroups"
              + " priorityGroups, priorityPolicy priorityPolicy, priorityTimeout priorityTimeout");

  private static final Map<String, String> OF_BUCKET =
      attributes(
          "name name, description description, maxHistoryPerKey history, maxBucketSize"
              + " maxBucketSize, maxValueSize maxValueSize, maximumValueSize maxValueSize, ttl ttl,"
              + " storageType storage, replicas replicas, placement placementCluster, compression"
              + " compression, metadata metadata, republish republish, mirror mirror, sources"
              + " sources, addSource sources, addSources sources, limitMarker limitMarker");

  private static final Map<String, String> OF_OBJECT_STORE =
      attributes(
          "name name, description description, maxBucketSize maxBucketSize, ttl ttl, storageType"
              + " storage, replicas replicas, placement placementCluster, compression compression,"
              + " metadata metadata");

  private static Map<String, String> attributes(String pairs, String... reasons) {
    Map<String, String> map = new TreeMap<>();
    for (String pair : pairs.split(", ", -1)) {
      String[] both = pair.split(" ", 2);
      map.put(both[0], both[1]);
    }
    for (int i = 0; i < reasons.length; i += 2) {
      map.put(reasons[i], ELSEWHERE + reasons[i + 1]);
    }
    return map;
  }

  static List<Arguments> builders() {
    return List.of(
        Arguments.of(StreamConfiguration.Builder.class, WithStream.class, OF_STREAM),
        Arguments.of(ConsumerConfiguration.Builder.class, WithConsumer.class, OF_CONSUMER),
        Arguments.of(KeyValueConfiguration.Builder.class, WithBucket.class, OF_BUCKET),
        Arguments.of(
            ObjectStoreConfiguration.Builder.class, WithObjectStore.class, OF_OBJECT_STORE));
  }

  @ParameterizedTest
  @MethodSource("builders")
  void eachSetterOfTheClientHasAnAttribute(
      Class<?> builder, Class<?> annotation, Map<String, String> attributes) {
    Set<String> setters =
        Arrays.stream(builder.getMethods())
            .filter(method -> method.getReturnType() == builder)
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(attributes.keySet()).containsExactlyElementsOf(setters);
    Set<String> present =
        Arrays.stream(annotation.getDeclaredMethods())
            .map(Method::getName)
            .collect(Collectors.toSet());
    assertThat(present)
        .containsAll(
            attributes.values().stream().filter(each -> !each.startsWith(ELSEWHERE)).toList());
  }

  // ---- Each attribute reaches the server.

  @Test
  @WithStream(name = "PLAIN", subjects = "plain")
  @WithStream(
      name = "LIMITS",
      description = "many limits",
      subjects = {"limits.a", "limits.b"},
      storage = Storage.FILE,
      retention = WithStream.Retention.INTEREST,
      discardNew = true,
      discardNewPerSubject = true,
      maxConsumers = 3,
      maxMessages = 100,
      maxMessagesPerSubject = 10,
      maxBytes = 10_000,
      maxMessageSize = 100,
      maxAge = "1h",
      compression = true,
      replicas = 1,
      noAck = true,
      duplicateWindow = "30s",
      placementCluster = "here",
      placementTags = "ssd",
      subjectTransform = @Transform(source = "limits.*", destination = "limits.{{wildcard(1)}}.x"),
      republish = @RepublishTo(value = "stored.>", source = "limits.>", headersOnly = true),
      consumerInactiveThreshold = "1m",
      consumerMaxAckPending = 7,
      denyDelete = true,
      denyPurge = true,
      firstSequence = 1000,
      metadata = {"team=kitchen", "empty="})
  @WithStream(
      name = "MESSAGES",
      subjects = "messages.>",
      allowRollup = true,
      allowDirect = true,
      allowMessageTtl = true,
      subjectDeleteMarkerTtl = "1m",
      allowMessageSchedules = true,
      allowAtomicPublish = true,
      allowBatched = true)
  @WithStream(name = "COUNTERS", subjects = "counters.>", allowMessageCounter = true)
  @WithStream(name = "FAST", subjects = "fast.>", storage = Storage.FILE, persistAsync = true)
  // Of a stream that is elsewhere: otherwise the server says what mirrorDirect is.
  @WithStream(
      name = "MIRROR",
      mirror = @Upstream(value = "FAR", startSequence = 5, filterSubject = "far.>"),
      mirrorDirect = true)
  @WithStream(
      name = "SOURCES",
      sources = {
        @Upstream(
            value = "PLAIN",
            startTime = "2026-01-31T12:00:00Z",
            transforms = @Transform(source = "plain", destination = "copied")),
        @Upstream(value = "MESSAGES", api = "$JS.other.API", deliver = "other.deliver")
      })
  void streams(JetStreamManagement management) throws Exception {
    List<StreamConfiguration> declared = new ArrayList<>();
    for (String name :
        List.of("PLAIN", "LIMITS", "MESSAGES", "COUNTERS", "FAST", "MIRROR", "SOURCES")) {
      declared.add(management.getStreamInfo(name).getConfiguration());
    }
    assertThat(unchanged(declared))
        .containsExactlyInAnyOrder("getReplicas", "getSealed", "getTemplateOwner");
    assertThat(declared.get(1).getMetadata()).containsEntry("team", "kitchen");
    assertThat(declared.get(1).getConsumerLimits().getInactiveThreshold()).hasMinutes(1);
    assertThat(declared.get(1).getConsumerLimits().getMaxAckPending()).isEqualTo(7);
    assertThat(declared.get(1).getPlacement().getTags()).containsExactly("ssd");
    assertThat(declared.get(5).getMirror().getStartSeq()).isEqualTo(5);
    assertThat(declared.get(5).getMirror().getFilterSubject()).isEqualTo("far.>");
    assertThat(declared.get(6).getSources())
        .hasSize(2)
        .anySatisfy(
            plain -> {
              assertThat(plain.getStartTime()).isNotNull();
              assertThat(plain.getSubjectTransforms().get(0).getDestination()).isEqualTo("copied");
            })
        .anySatisfy(
            other -> assertThat(String.valueOf(other.getExternal())).contains("other.deliver"));
  }

  /** Returns the getters whose values are those of the first configuration in all of them. */
  private static Set<String> unchanged(List<?> configurations) throws Exception {
    Set<String> unchanged = new TreeSet<>();
    Object plain = configurations.get(0);
    for (Method getter : plain.getClass().getDeclaredMethods()) {
      if (!Modifier.isPublic(getter.getModifiers())
          || getter.getParameterCount() > 0
          || !getter.getName().matches("(get|is)[A-Z].*|headersOnly")) {
        continue;
      }
      Object before = getter.invoke(plain);
      boolean changed = false;
      for (Object each : configurations) {
        changed |= !Objects.equals(String.valueOf(before), String.valueOf(getter.invoke(each)));
      }
      if (!changed) {
        unchanged.add(getter.getName());
      }
    }
    return unchanged;
  }

  @Test
  @WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE)
  @WithConsumer(stream = "ORDERS", name = "plain")
  @WithConsumer(
      stream = "ORDERS",
      name = "pull",
      description = "pulled from",
      filters = {"orders.a", "orders.b"},
      deliver = WithConsumer.Deliver.BY_START_SEQUENCE,
      startSequence = 2,
      ackWait = "1s",
      backoff = {"1s", "5s"},
      maxDeliver = 5,
      maxAckPending = 17,
      sampleFrequency = "30%",
      replayOriginal = true,
      headersOnly = true,
      maxPullWaiting = 3,
      maxBatch = 4,
      maxBytes = 5000,
      maxExpires = "10s",
      inactiveThreshold = "1h",
      replicas = 1,
      memoryStorage = true,
      pauseUntil = "2100-01-31T12:00:00Z",
      metadata = "team=kitchen")
  @WithConsumer(
      stream = "ORDERS",
      name = "push",
      durable = false,
      filters = "orders.c",
      deliver = WithConsumer.Deliver.BY_START_TIME,
      startTime = "2026-01-31T12:00:00Z",
      deliverSubject = "kitchen",
      deliverGroup = "cooks",
      rateLimit = 8000,
      ack = WithConsumer.Ack.ALL)
  @WithConsumer(
      stream = "ORDERS",
      name = "slow",
      deliverSubject = "slow",
      idleHeartbeat = "5s",
      flowControl = true)
  @WithConsumer(
      stream = "ORDERS",
      name = "pinned",
      priorityGroups = {"cooks"},
      priorityPolicy = WithConsumer.PriorityGroupPolicy.PINNED_CLIENT,
      priorityTimeout = "1m")
  void consumers(JetStreamManagement management) throws Exception {
    List<ConsumerConfiguration> declared = new ArrayList<>();
    for (String name : List.of("plain", "pull", "push", "slow", "pinned")) {
      declared.add(management.getConsumerInfo("ORDERS", name).getConsumerConfiguration());
    }
    assertThat(unchanged(declared)).isEmpty();
    assertThat(declared.get(1).getBackoff()).hasSize(2);
    assertThat(declared.get(2).getDurable()).isNull();
  }

  @Test
  @WithBucket(name = "plain")
  @WithBucket(
      name = "prices",
      description = "in cents",
      storage = Storage.FILE,
      history = 5,
      ttl = "1h",
      maxBucketSize = 10_000,
      maxValueSize = 100,
      limitMarker = "1m",
      compression = true,
      placementCluster = "here",
      republish = @RepublishTo("prices.>"),
      metadata = "team=kitchen")
  @WithBucket(name = "mirrored", mirror = @Upstream("prices"))
  @WithBucket(name = "copied", sources = @Upstream("prices"))
  @WithObjectStore(name = "plain")
  @WithObjectStore(
      name = "photos",
      description = "of dishes",
      storage = Storage.FILE,
      ttl = "1h",
      maxBucketSize = 10_000,
      compression = true,
      placementTags = "ssd",
      metadata = "team=kitchen")
  void buckets(Connection nats) throws Exception {
    List<KeyValueConfiguration> declared = new ArrayList<>();
    for (String name : List.of("plain", "prices", "mirrored", "copied")) {
      declared.add(nats.keyValueManagement().getStatus(name).getConfiguration());
    }
    assertThat(unchanged(declared)).isEmpty();
    assertThat(unchanged(List.of(stream(nats, "OBJ_plain"), stream(nats, "OBJ_photos"))))
        .doesNotContain(
            "getDescription",
            "getStorageType",
            "getMaxAge",
            "getMaxBytes",
            "getCompressionOption",
            "getPlacement",
            "getMetadata");
  }

  private static StreamConfiguration stream(Connection nats, String name) throws Exception {
    return nats.jetStreamManagement().getStreamInfo(name).getConfiguration();
  }
}
