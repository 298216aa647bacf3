package dev.hubkit.examples.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Bean;

/** The application under test, which answers orders that arrive over NATS. */
@SpringBootConfiguration
class Kitchen {
  @Bean(destroyMethod = "close")
  Connection nats(@Value("${nats.server}") String server) throws IOException, InterruptedException {
    Connection connection = Nats.connect(server);
    connection.createDispatcher(order -> prepare(connection, order)).subscribe("kitchen.orders");
    return connection;
  }

  private static void prepare(Connection connection, Message order) {
    String dish = new String(order.getData(), UTF_8);
    connection.publish(order.getReplyTo(), (dish + " is ready").getBytes(UTF_8));
  }
}
