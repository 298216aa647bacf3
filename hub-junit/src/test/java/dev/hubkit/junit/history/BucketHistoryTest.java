package dev.hubkit.junit.history;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.junit.Bucket;
import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithBucket;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.Options;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.StorageType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Histories of key-value buckets, over crashes. */
@WithHub(fossil = false, lifecycle = HubLifecycle.PER_METHOD)
class BucketHistoryTest {
  @Test
  @WithBucket(name = "stock", storage = Storage.FILE)
  void keysAreRegistersOverACrash(HubResource hub, History history) throws Exception {
    int clients = 4;
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    CountDownLatch some = new CountDownLatch(60);
    CountDownLatch recovered = new CountDownLatch(1);
    try {
      List<Future<?>> ended = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        int seed = i;
        ended.add(
            threads.submit(
                () -> {
                  use(hub, new Random(seed), some);
                  if (!recovered.await(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("not recovered");
                  }
                  use(hub, new Random(-seed), null);
                  return null;
                }));
      }
      Assertions.assertThat(some.await(30, TimeUnit.SECONDS)).isTrue();
      hub.faults().crash();
      hub.faults().recover();
      recovered.countDown();
      for (Future<?> each : ended) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(history).isLinearizable().ofBucket("stock").isLinearizable().losesNothing();
  }

  private static void use(HubResource hub, Random random, @Nullable CountDownLatch some) {
    try (Connection client = hub.connect(new Options.Builder().noReconnect())) {
      KeyValue stock = client.keyValue("stock");
      for (int i = 0; i < 40; i++) {
        operate(stock, "tea" + random.nextInt(2), random);
        if (some != null) {
          some.countDown();
        }
      }
    } catch (IOException | IllegalStateException | InterruptedException e) {
      // The hub has crashed.
      Assertions.assertThat(some).isNotNull();
    }
  }

  private static void operate(KeyValue stock, String key, Random random)
      throws IOException, InterruptedException {
    try {
      KeyValueEntry entry = stock.get(key);
      switch (random.nextInt(5)) {
        case 0 -> stock.put(key, random.nextInt(3));
        case 1 -> stock.delete(key);
        case 2 -> stock.purge(key);
        default -> {
          if (entry == null) {
            stock.create(key, new byte[] {'0'});
          } else {
            stock.update(key, new byte[] {'1'}, entry.getRevision());
          }
        }
      }
    } catch (JetStreamApiException e) {
      // Another client was faster.
      Assertions.assertThat(e.getApiErrorCode()).isEqualTo(10071);
    }
  }

  @Test
  void showsTheOperationsThatNoOrderExplains(HubResource hub, History history) throws Exception {
    try (Connection shop = hub.connect(new Options.Builder().connectionName("shop"))) {
      shop.keyValueManagement()
          .create(
              KeyValueConfiguration.builder()
                  .name("stock")
                  .storageType(StorageType.Memory)
                  .build());
      KeyValue stock = shop.keyValue("stock");
      stock.create("coffee", new byte[] {'9'});
      for (int i = 0; i < 20; i++) {
        stock.put("tea", "" + i);
        stock.get("tea");
      }
      assertThat(history).ofBucket("stock").isLinearizable();
    }
    hub.faults().crash();
    hub.faults().recover();
    try (Connection till = hub.connect(new Options.Builder().connectionName("till"))) {
      // The bucket is made anew behind the back of the history, and has lost its keys.
      till.keyValueManagement()
          .create(
              KeyValueConfiguration.builder()
                  .name("stock")
                  .storageType(StorageType.Memory)
                  .build());
      Assertions.assertThat(till.keyValue("stock").get("tea")).isNull();
    }
    assertThatThrownBy(() -> assertThat(history).isLinearizable())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Key tea of bucket stock is not linearizable")
        .hasMessageContaining("these 2 of its 41 operations")
        .hasMessageContaining("\n  ||     1. \"shop\" (#")
        .hasMessageContaining(") get -> revision 21, \"19\"\n    ||   2. \"till\" (#")
        .hasMessageContaining(") get -> nothing\n")
        .hasMessageContaining("After 1 the key has \"19\" at revision 21, so 2 cannot be next")
        .message()
        .doesNotContain("coffee");
  }

  @Test
  @WithBucket(name = "offers", ttl = "1h")
  void valuesMayExpire(HubResource hub, @Bucket("offers") KeyValue offers, History history)
      throws Exception {
    hub.time().freeze();
    offers.put("cake", "half price");
    hub.time().advance(Duration.ofMinutes(61));
    Assertions.assertThat(offers.get("cake")).isNull();
    offers.create("cake", new byte[] {'!'});
    assertThat(history).isLinearizable().losesNothing();
  }
}
