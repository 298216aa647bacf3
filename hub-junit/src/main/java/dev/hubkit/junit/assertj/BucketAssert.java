package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Assertions about a key-value bucket. */
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

  /** It has a value for the key. */
  public BucketAssert hasKey(String key) {
    return check(find(key) != null, "to have the key " + key, "it has not");
  }

  /** It has no value for the key: there never was one, or it is deleted. */
  public BucketAssert hasNoKey(String key) {
    String found = find(key);
    return check(found == null, "not to have the key " + key, "it is " + found);
  }

  /** It has values for these keys and no others. */
  public BucketAssert hasOnlyKeys(String... keys) {
    List<String> found = Objects.requireNonNullElse(Lookup.answer(actual::keys), List.of());
    return check("the keys", new TreeSet<>(List.of(keys)), new TreeSet<>(found));
  }

  /** The value of the key is this text in UTF-8. */
  public BucketAssert hasValue(String key, String value) {
    return check(key, value, find(key));
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
