package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.ObjectStore;
import io.nats.client.api.ObjectInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about an object bucket. */
public final class ObjectBucketAssert extends AbstractAssert<ObjectBucketAssert, ObjectStore> {
  private final HubAssert whole;
  private final Evidence evidence;

  ObjectBucketAssert(HubAssert whole, HubResource hub, ObjectStore bucket) {
    super(bucket, ObjectBucketAssert.class);
    this.whole = whole;
    String name = bucket.getBucketName();
    this.evidence = Evidence.ofStream(hub, "OBJ_" + name, List.of("$O." + name + ".M.>"));
  }

  private @Nullable ObjectInfo find(String name) {
    ObjectInfo info = Asking.answer(() -> actual.getInfo(name));
    return info == null || info.isDeleted() ? null : info;
  }

  /** It has an object of this name. */
  public ObjectBucketAssert hasObject(String name) {
    if (find(name) == null) {
      throw failure(
          "%s",
          "Expected object bucket "
              + actual.getBucketName()
              + " to have "
              + name
              + ", but it has not."
              + evidence);
    }
    return this;
  }

  /** It has no object of this name, or a deleted one. */
  public ObjectBucketAssert hasNoObject(String name) {
    if (find(name) != null) {
      throw failure(
          "%s",
          "Expected object bucket "
              + actual.getBucketName()
              + " not to have "
              + name
              + ", but it has."
              + evidence);
    }
    return this;
  }

  /** The object of this name is this text in UTF-8. */
  public ObjectBucketAssert hasContent(String name, String text) {
    hasObject(name);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    Asking.answer(
        () -> {
          try {
            return actual.get(name, content);
          } catch (NoSuchAlgorithmException e) {
            throw new IOException("A Java runtime without " + e.getMessage(), e);
          }
        });
    String found = content.toString(StandardCharsets.UTF_8);
    if (!text.equals(found)) {
      throw failureWithActualExpected(
          found,
          text,
          "%s",
          "Expected object "
              + name
              + " of "
              + actual.getBucketName()
              + " to be <"
              + text
              + ">, but it is <"
              + found
              + ">."
              + evidence);
    }
    return this;
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
