package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Assertions about a key-value bucket. */
@SuppressWarnings("exports") // the optional libraries
public final class BucketAssert extends HubPartAssert<BucketAssert, KeyValue> {
  private final HubAssert whole;

  BucketAssert(HubAssert whole, HubResource hub, KeyValue bucket) {
    super(
        bucket,
        BucketAssert.class,
        "bucket " + bucket.getBucketName(),
        JournalExcerpt.ofStream(
            hub, "KV_" + bucket.getBucketName(), List.of("$KV." + bucket.getBucketName() + ".>")));
    this.whole = whole;
  }

  private @Nullable String find(String key) {
    KeyValueEntry entry = Lookup.answer(() -> actual.get(key));
    return entry == null ? null : entry.getValueAsString();
  }

  /** Verifies that the bucket has a value for the key. */
  public BucketAssert hasKey(String key) {
    return check(find(key) != null, "to have the key " + key, "it has not");
  }

  /** Verifies that the bucket has no value for the key: it was never put, or deleted. */
  public BucketAssert hasNoKey(String key) {
    String found = find(key);
    return check(found == null, "not to have the key " + key, "it is " + found);
  }

  /** Verifies that the bucket has values for exactly these keys. */
  public BucketAssert hasOnlyKeys(String... keys) {
    List<String> found = Objects.requireNonNullElse(Lookup.answer(actual::keys), List.of());
    return check("the keys", new TreeSet<>(List.of(keys)), new TreeSet<>(found));
  }

  /** Verifies that the value of the key is this text in UTF-8. */
  public BucketAssert hasValue(String key, String value) {
    return check(key, value, find(key));
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
