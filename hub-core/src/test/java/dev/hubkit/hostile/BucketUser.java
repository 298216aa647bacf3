package dev.hubkit.hostile;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.StorageType;
import java.io.IOException;

/** Puts values under keys, deletes some, and checks that each key has its last value. */
final class BucketUser implements OrdinaryClient {
  private static final int KEYS = 20;

  private final Connection connection;
  private final KeyValue bucket;
  private final String[] values = new String[KEYS];
  private int puts;

  BucketUser(Connection connection)
      throws IOException, JetStreamApiException, InterruptedException {
    this.connection = connection;
    connection
        .keyValueManagement()
        .create(
            KeyValueConfiguration.builder()
                .name("SETTINGS")
                .storageType(StorageType.File)
                .maxHistoryPerKey(3)
                .build());
    bucket = connection.keyValue("SETTINGS");
  }

  @Override
  public String name() {
    return "bucket";
  }

  @Override
  public void act() throws Exception {
    int which = puts++ % KEYS;
    String key = "key-" + which;
    KeyValueEntry entry = bucket.get(key);
    String found = entry == null ? null : entry.getValueAsString();
    if (!java.util.Objects.equals(found, values[which])) {
      throw new AssertionError(key + " is " + found + ", not " + values[which]);
    }
    if (puts % 7 == 0) {
      bucket.delete(key);
      values[which] = null;
    } else {
      bucket.put(key, "value " + puts);
      values[which] = "value " + puts;
    }
  }

  @Override
  public long restMillis() {
    return 50;
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
