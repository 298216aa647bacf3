package dev.hubkit.junit;

import io.nats.client.api.ConsumerSource;
import io.nats.client.api.External;
import io.nats.client.api.Mirror;
import io.nats.client.api.Placement;
import io.nats.client.api.Republish;
import io.nats.client.api.Source;
import io.nats.client.api.SourceBase;
import io.nats.client.api.StorageType;
import io.nats.client.api.SubjectTransform;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What streams and buckets declare about other streams, subjects and servers, as the client has it.
 *
 * @param texts reads texts of the declaration
 */
record StreamRelations(AttributeTexts texts) {

  /** Passes on the mirrored stream, if there is one. */
  void mirror(Upstream upstream, Consumer<Mirror> target) {
    if (!upstream.value().isEmpty()) {
      Mirror.Builder mirror = Mirror.builder();
      fill(mirror, upstream);
      target.accept(mirror.build());
    }
  }

  /** Passes on the sources, if there are any. */
  void sources(Upstream[] upstreams, Consumer<List<Source>> target) {
    if (upstreams.length > 0) {
      target.accept(Arrays.stream(upstreams).map(this::source).toList());
    }
  }

  private Source source(Upstream upstream) {
    Source.Builder source = Source.builder();
    fill(source, upstream);
    return source.build();
  }

  private void fill(SourceBase.SourceBaseBuilder<?> target, Upstream upstream) {
    target.sourceName(upstream.value());
    target.startSeq(upstream.startSequence());
    texts.time("startTime", upstream.startTime(), target::startTime);
    AttributeTexts.ifSet(upstream.filterSubject(), target::filterSubject);
    if (upstream.transforms().length > 0) {
      target.subjectTransforms(
          Arrays.stream(upstream.transforms()).map(StreamRelations::transform).toList());
    }
    AttributeTexts.ifSet(upstream.domain(), target::domain);
    if (!upstream.api().isEmpty() || !upstream.deliver().isEmpty()) {
      target.external(External.builder().api(upstream.api()).deliver(upstream.deliver()).build());
    }
    if (!upstream.consumer().isEmpty() || !upstream.consumerDeliverSubject().isEmpty()) {
      target.consumerSource(
          ConsumerSource.builder()
              .name(upstream.consumer())
              .deliverSubject(upstream.consumerDeliverSubject())
              .build());
    }
  }

  /** Passes on the change of subjects, if there is one. */
  static void transform(Transform transform, Consumer<SubjectTransform> target) {
    if (!transform.destination().isEmpty()) {
      target.accept(transform(transform));
    }
  }

  private static SubjectTransform transform(Transform transform) {
    return SubjectTransform.builder()
        .source(transform.source())
        .destination(transform.destination())
        .build();
  }

  /** Passes on where to publish again, if that is declared. */
  static void republish(RepublishTo to, Consumer<Republish> target) {
    if (!to.value().isEmpty()) {
      target.accept(
          Republish.builder()
              .source(to.source())
              .destination(to.value())
              .headersOnly(to.headersOnly())
              .build());
    }
  }

  /** Passes on the placement, if there is one. */
  static void placement(String cluster, String[] tags, Consumer<Placement> target) {
    if (!cluster.isEmpty() || tags.length > 0) {
      Placement.Builder placement = Placement.builder();
      AttributeTexts.ifSet(cluster, placement::cluster);
      if (tags.length > 0) {
        placement.tags(tags);
      }
      target.accept(placement.build());
    }
  }

  /** Returns where to store. */
  static StorageType storage(Storage storage) {
    return storage == Storage.FILE ? StorageType.File : StorageType.Memory;
  }
}
