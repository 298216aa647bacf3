package shop;

import dev.hubkit.junit.HubResource;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactory;

/** Makes the connection details of the application from those of a hub. */
class HubNatsConnectionDetailsFactory
    implements ConnectionDetailsFactory<HubResource, NatsConnectionDetails> {
  @Override
  public NatsConnectionDetails getConnectionDetails(HubResource hub) {
    return hub::natsUrl;
  }
}
