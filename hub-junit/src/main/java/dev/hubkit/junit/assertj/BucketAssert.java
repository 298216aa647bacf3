package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a key-value bucket. */
public final class BucketAssert extends AbstractAssert<BucketAssert, KeyValue> {
  private final HubAssert whole;
  private final Evidence evidence;

  BucketAssert(HubAssert whole, HubResource hub, KeyValue bucket) {
    super(bucket, BucketAssert.class);
    this.whole = whole;
    this.evidence =
        Evidence.ofStream(
            hub, "KV_" + bucket.getBucketName(), List.of("$KV." + bucket.getBucketName() + ".>"));
  }

  private @Nullable KeyValueEntry find(String key) {
    return Asking.answer(() -> actual.get(key));
  }

  private AssertionError wrong(String text) {
    return failure("%s", "Expected bucket " + actual.getBucketName() + " " + text + evidence);
  }

  /** It has a value for the key. */
  public BucketAssert hasKey(String key) {
    if (find(key) == null) {
      throw wrong("to have the key " + key + ", but it has not.");
    }
    return this;
  }

  /** It has no value for the key: there never was one, or it is deleted. */
  public BucketAssert hasNoKey(String key) {
    KeyValueEntry found = find(key);
    if (found != null) {
      throw wrong("not to have the key " + key + ", but it is " + found.getValueAsString() + ".");
    }
    return this;
  }

  /** It has values for these keys and no others. */
  public BucketAssert hasOnlyKeys(String... keys) {
    List<String> found = Objects.requireNonNullElse(Asking.answer(actual::keys), List.of());
    if (!new TreeSet<>(found).equals(new TreeSet<>(List.of(keys)))) {
      throw wrong("to have the keys " + List.of(keys) + ", but they are " + found + ".");
    }
    return this;
  }

  /** The value of the key is this text in UTF-8. */
  public BucketAssert hasValue(String key, String value) {
    KeyValueEntry found = find(key);
    String text = found == null ? null : found.getValueAsString();
    if (!value.equals(text)) {
      throw failureWithActualExpected(
          text,
          value,
          "%s",
          "Expected bucket "
              + actual.getBucketName()
              + " to have "
              + key
              + " <"
              + value
              + ">, but it is <"
              + text
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
