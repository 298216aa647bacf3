package kitchen;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Answers orders that arrive over NATS, and keeps them in a stream. */
@ApplicationScoped
public class Kitchen {
  @ConfigProperty(name = "kitchen.nats.servers")
  String servers;

  @ConfigProperty(name = "kitchen.greeting", defaultValue = "is ready")
  String greeting;

  private Connection nats;

  @Startup
  void open() throws IOException, InterruptedException {
    nats = Nats.connect(new Options.Builder().server(servers).connectionName("kitchen").build());
    nats.createDispatcher(this::prepare).subscribe("kitchen.orders");
  }

  private void prepare(Message order) {
    String dish = new String(order.getData(), UTF_8);
    nats.publish("cooked." + dish, new byte[0]);
    nats.publish(order.getReplyTo(), (dish + " " + greeting).getBytes(UTF_8));
  }

  @Shutdown
  void close() throws InterruptedException {
    System.out.println("The kitchen closes; its connection is " + nats.getStatus());
    nats.close();
  }
}
