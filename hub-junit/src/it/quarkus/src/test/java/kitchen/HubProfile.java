package kitchen;

import dev.hubkit.junit.quarkus.HubTestResource;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** Has a hub in place of the dev service of quarkus-messaging-nats-jetstream. */
// @start region="profile"
public class HubProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of("quarkus.messaging.nats.devservices.enabled", "false");
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(HubTestResource.class));
  }
}
// @end
