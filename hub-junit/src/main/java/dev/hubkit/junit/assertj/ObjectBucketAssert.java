package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.ObjectStore;
import io.nats.client.api.ObjectInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Assertions about an object store bucket. */
@SuppressWarnings("exports") // the optional libraries
public final class ObjectBucketAssert extends HubPartAssert<ObjectBucketAssert, ObjectStore> {
  private final HubAssert whole;

  ObjectBucketAssert(HubAssert whole, HubResource hub, ObjectStore bucket) {
    super(
        bucket,
        ObjectBucketAssert.class,
        "object bucket " + bucket.getBucketName(),
        JournalExcerpt.ofStream(
            hub,
            "OBJ_" + bucket.getBucketName(),
            List.of("$O." + bucket.getBucketName() + ".M.>")));
    this.whole = whole;
  }

  private @Nullable ObjectInfo find(String name) {
    ObjectInfo info = Lookup.answer(() -> actual.getInfo(name));
    return info == null || info.isDeleted() ? null : info;
  }

  /** Verifies that the bucket has an object of this name. */
  public ObjectBucketAssert hasObject(String name) {
    return check(find(name) != null, "to have " + name, "it has not");
  }

  /** Verifies that the bucket has no object of this name, or only a deleted one. */
  public ObjectBucketAssert hasNoObject(String name) {
    return check(find(name) == null, "not to have " + name, "it has");
  }

  /** Verifies that the object of this name is this text in UTF-8. */
  public ObjectBucketAssert hasContent(String name, String text) {
    hasObject(name);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    Lookup.answer(
        () -> {
          try {
            return actual.get(name, content);
          } catch (NoSuchAlgorithmException e) {
            throw new IOException("A Java runtime without " + e.getMessage(), e);
          }
        });
    return check(name, text, content.toString(StandardCharsets.UTF_8));
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
