package dev.hubkit.junit.quarkus;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.HubAddresses;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.TestHub;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Starts a hub for the tests of a Quarkus application and stops it after the application. Quarkus
 * decides how many classes share it, by the scope of {@code @WithTestResource}.
 *
 * {@snippet id="it/quarkus/src/test/java/kitchen/KitchenTest.java#quarkus" :
 * @QuarkusTest
 * @WithTestResource(
 *     value = HubTestResource.class,
 *     initArgs = {
 *       @ResourceArg(name = "streams", value = "COOKED=cooked.>"),
 *       @ResourceArg(name = "kitchen.greeting", value = "is served")
 *     })
 * class KitchenTest {
 *   HubResource hub;
 *   @InjectHub Connection waiter;
 *   @InjectHub JetStreamManagement streams;
 *
 *   @Test
 *   void theKitchenAnswers() throws Exception {
 *     byte[] answer =
 *         waiter
 *             .request("kitchen.orders", "soup".getBytes(UTF_8), Duration.ofSeconds(20))
 *             .getData();
 *     assertEquals("soup is served", new String(answer, UTF_8));
 *     hub.journal().await().published("cooked.soup").atMost(Duration.ofSeconds(20));
 *     assertEquals(1, streams.getStreamInfo("COOKED").getStreamState().getMsgCount());
 *   }
 * }
 * }
 *
 * <p>It takes these arguments, none of which is required:
 *
 * <ul>
 *   <li>{@code streams}: streams that exist before the application starts, in memory, as in {@code
 *       ORDERS=orders.>,refunds.>;AUDIT};
 *   <li>{@code config}: a configuration file of nats-server, a path or {@code classpath:} and a
 *       resource;
 *   <li>{@code user}: the user of that file that the application logs in as;
 *   <li>{@code fossil}: {@code true} for a Fossil server beside NATS;
 *   <li>any name with a dot: a property of the application, as in {@code orders.nats} with the
 *       value <code>${hub.nats.url}</code>.
 * </ul>
 *
 * <p>The application finds the properties {@code hub.nats.url}, {@code hub.fossil.url}, {@code
 * hub.nats.user} and {@code hub.nats.password}; one with the extension
 * quarkus-messaging-nats-jetstream also finds those of the same meaning that the extension reads,
 * {@code quarkus.messaging.nats.connection.servers}, {@code .username} and {@code .password}. The
 * dev service of that extension starts a container when the application is built, before any test
 * resource: turn it off with {@code %test.quarkus.messaging.nats.devservices.enabled=false}.
 *
 * <p>It fills the fields of the test class that have the type {@link HubResource} or the annotation
 * {@link InjectHub}. Subclasses can override {@link #prepare}.
 */
@SuppressWarnings("exports") // Quarkus is an optional library
public class HubTestResource implements QuarkusTestResourceLifecycleManager {
  private ResourceArguments arguments = ResourceArguments.of(Map.of());
  private @Nullable TestHub running;

  /** Makes the resource; Quarkus calls this. */
  public HubTestResource() {}

  /**
   * Takes the arguments.
   *
   * @throws IllegalArgumentException if one has no meaning
   */
  @Override
  public void init(Map<String, String> initArgs) {
    arguments = ResourceArguments.of(initArgs);
  }

  /** Starts the hub, and returns the properties for the application. */
  @Override
  public Map<String, String> start() {
    TestHub started = TestHub.start(this::options);
    running = started;
    addStreams(started.hub());
    prepare(started.hub());
    HubAddresses addresses = HubAddresses.of(started.hub(), arguments.user());
    Map<String, String> properties = new LinkedHashMap<>(addresses.properties());
    MessagingExtension.onClassPath()
        .ifPresent(extension -> properties.putAll(extension.connection(addresses)));
    properties.putAll(arguments.properties());
    return properties;
  }

  private HubOptions.Builder options(HubOptions.Builder options) {
    if (!arguments.fossil()) {
      options.fossil(Backend.off());
    }
    return arguments.config().isEmpty()
        ? options
        : TestHub.natsConfig(arguments.config()).apply(options);
  }

  private void addStreams(HubResource hub) {
    for (Map.Entry<String, List<String>> each : arguments.streams().entrySet()) {
      try {
        hub.jetStreamManagement()
            .addStream(
                StreamConfiguration.builder()
                    .name(each.getKey())
                    .subjects(each.getValue())
                    .storageType(StorageType.Memory)
                    .build());
      } catch (IOException e) {
        throw new UncheckedIOException("The stream " + each.getKey() + " was not created", e);
      } catch (JetStreamApiException e) {
        throw new IllegalArgumentException(
            "The stream " + each.getKey() + " was not created: " + e.getMessage(), e);
      }
    }
  }

  /** Prepares the hub before the application starts; does nothing unless overridden. */
  protected void prepare(HubResource hub) {}

  @Override
  public void inject(TestInjector injector) {
    TestHub started = running;
    if (started == null) {
      return;
    }
    HubResource hub = started.hub();
    injector.injectIntoFields(hub, field -> field.getType() == HubResource.class);
    injector.injectIntoFields(
        hub.connection(),
        new TestInjector.AnnotatedAndMatchesType(InjectHub.class, Connection.class));
    injector.injectIntoFields(
        hub.jetStream(),
        new TestInjector.AnnotatedAndMatchesType(InjectHub.class, JetStream.class));
    injector.injectIntoFields(
        hub.jetStreamManagement(),
        new TestInjector.AnnotatedAndMatchesType(InjectHub.class, JetStreamManagement.class));
  }

  @Override
  public void stop() {
    TestHub started = running;
    running = null;
    if (started != null) {
      started.close();
    }
  }
}
