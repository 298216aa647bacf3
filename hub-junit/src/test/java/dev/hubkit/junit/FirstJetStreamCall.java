package dev.hubkit.junit;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Makes the first JetStream request of a JVM, on a busy machine, by a client with default options;
 * prints how many classes that loaded and how long it took. {@link FirstJetStreamCallTest} runs
 * this program.
 */
final class FirstJetStreamCall {
  private FirstJetStreamCall() {}

  public static void main(String[] args) throws Exception {
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      Thread busy =
          new Thread(
              () -> {
                while (!Thread.currentThread().isInterrupted()) {
                  Thread.onSpinWait();
                }
              });
      busy.setDaemon(true);
      busy.start();
    }
    StartedHub hub = StartedHub.start("", "", StartedHub.options(false, true));
    try (Connection client = Nats.connect(hub.resource().natsUrl())) {
      JetStreamManagement management = client.jetStreamManagement();
      long classes = classes();
      long begin = System.nanoTime();
      management.addStream(
          StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
      System.out.println("ms " + Duration.ofNanos(System.nanoTime() - begin).toMillis());
      System.out.println("classes " + (classes() - classes));
    } finally {
      hub.close();
    }
  }

  private static long classes() {
    return ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
  }
}
