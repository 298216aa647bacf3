package dev.hubkit.junit.assertj;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.junit.HubResource;
import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamInfo;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a hub. */
@SuppressWarnings("exports") // the optional libraries
public final class HubAssert extends AbstractAssert<HubAssert, HubResource> {
  HubAssert(HubResource hub) {
    super(hub, HubAssert.class);
  }

  private AssertionError missing(String what, JournalExcerpt excerpt) {
    return failure("%s", "Expected the hub to have " + what + ", but it has none." + excerpt);
  }

  private @Nullable StreamInfo find(String name) {
    return Lookup.answer(
        () -> actual.toolkitConnection().jetStreamManagement().getStreamInfo(name));
  }

  /** Verifies that a stream exists, and returns assertions about it. */
  public StreamAssert stream(String name) {
    StreamInfo info = find(name);
    if (info == null) {
      throw missing(
          "a stream " + name + " (it has " + streams() + ")", JournalExcerpt.ofApi(actual));
    }
    return new StreamAssert(this, actual, info);
  }

  private String streams() {
    List<String> names =
        Lookup.answer(() -> actual.toolkitConnection().jetStreamManagement().getStreamNames());
    return names == null || names.isEmpty() ? "no streams" : String.join(", ", names);
  }

  /** Verifies that no stream of this name exists. */
  public HubAssert hasNoStream(String name) {
    if (find(name) != null) {
      throw failure(
          "%s",
          "Expected no stream " + name + ", but there is one." + JournalExcerpt.ofApi(actual));
    }
    return this;
  }

  /** Verifies that a consumer exists, and returns assertions about it. */
  public ConsumerAssert consumer(String stream, String name) {
    ConsumerInfo info =
        Lookup.answer(
            () -> actual.toolkitConnection().jetStreamManagement().getConsumerInfo(stream, name));
    if (info == null) {
      throw missing("a consumer " + name + " of " + stream, JournalExcerpt.ofApi(actual));
    }
    return new ConsumerAssert(this, actual, info);
  }

  /** Verifies that a key-value bucket exists, and returns assertions about it. */
  public BucketAssert bucket(String name) {
    if (find("KV_" + name) == null) {
      throw missing("a bucket " + name, JournalExcerpt.ofApi(actual));
    }
    KeyValue bucket = Lookup.require(() -> actual.toolkitConnection().keyValue(name));
    return new BucketAssert(this, actual, bucket);
  }

  /** Verifies that an object store bucket exists, and returns assertions about it. */
  public ObjectBucketAssert objectBucket(String name) {
    if (find("OBJ_" + name) == null) {
      throw missing("an object bucket " + name, JournalExcerpt.ofApi(actual));
    }
    ObjectStore bucket = Lookup.require(() -> actual.toolkitConnection().objectStore(name));
    return new ObjectBucketAssert(this, actual, bucket);
  }

  /** Returns assertions about the open connections, including those of the hub itself. */
  public ConnectionsAssert connections() {
    return new ConnectionsAssert(this, actual);
  }

  /**
   * Verifies that a check-in exists, and returns assertions about it.
   *
   * @param version a version as Fossil accepts it: a branch, a tag, a prefix of the hash
   */
  public CheckInAssert checkIn(String version) {
    try {
      ArtifactName name =
          actual
              .repository()
              .<ArtifactName, RuntimeException>read((Snapshot s) -> s.resolve(version));
      return new CheckInAssert(this, actual, name, version);
    } catch (RepositoryException e) {
      throw missing(
          "a check-in " + version + " (" + e.getMessage() + ")",
          JournalExcerpt.ofRepository(actual));
    }
  }
}
