package shop;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

@SpringBootApplication
public class ShopApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(ShopApplication.class, arguments);
  }

  /** Prefers connection details to the property, as Spring Boot does. */
  @Bean(destroyMethod = "close")
  Connection nats(ObjectProvider<NatsConnectionDetails> details, Environment environment)
      throws IOException, InterruptedException {
    NatsConnectionDetails known = details.getIfAvailable();
    String servers =
        known == null ? environment.getRequiredProperty("shop.nats.servers") : known.servers();
    return Nats.connect(new Options.Builder().server(servers).connectionName("shop").build());
  }
}
