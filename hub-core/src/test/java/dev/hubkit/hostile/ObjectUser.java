package dev.hubkit.hostile;

import io.nats.client.Connection;
import io.nats.client.ObjectStore;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StorageType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/** Puts objects of some hundred kilobytes into a store, and gets them back as they were. */
final class ObjectUser implements OrdinaryClient {
  private final Connection connection;
  private final ObjectStore store;
  private final Random random = new Random(7);
  private int puts;

  ObjectUser(Connection connection) throws Exception {
    this.connection = connection;
    connection
        .objectStoreManagement()
        .create(ObjectStoreConfiguration.builder("FILES").storageType(StorageType.File).build());
    store = connection.objectStore("FILES");
  }

  @Override
  public String name() {
    return "object store";
  }

  @Override
  public void act() throws Exception {
    byte[] content = new byte[200_000];
    random.nextBytes(content);
    String name = "object-" + puts++ % 5;
    store.put(name, new ByteArrayInputStream(content));
    ByteArrayOutputStream found = new ByteArrayOutputStream();
    store.get(name, found);
    if (!Arrays.equals(found.toByteArray(), content)) {
      throw new AssertionError(name + " is not what was put");
    }
  }

  @Override
  public long restMillis() {
    return 500;
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
