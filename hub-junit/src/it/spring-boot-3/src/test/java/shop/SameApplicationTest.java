package shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.spring.HubServiceConnection;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;

/** Finds one application on the hub, which Spring has kept or keeps for the other class. */
@HubServiceConnection
@SpringBootTest
class SameApplicationTest {
  @Test
  void thereIsOne(HubResource hub) {
    assertThat(hub.clients().all()).filteredOn(client -> client.name().equals("shop")).hasSize(1);
  }
}
