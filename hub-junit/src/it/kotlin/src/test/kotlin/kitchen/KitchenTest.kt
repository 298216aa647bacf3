package kitchen

import dev.hubkit.junit.HubResource
import dev.hubkit.junit.WithHub
import dev.hubkit.junit.kotlin.await
import dev.hubkit.junit.kotlin.nats
import dev.hubkit.junit.kotlin.request
import dev.hubkit.junit.kotlin.text
import io.nats.client.Connection
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

/** There is a field that the toolkit fills, and nothing of coroutines on the class path. */
@WithHub(fossil = false)
class KitchenTest {
  lateinit var hub: HubResource

  @Test
  fun `the kitchen answers`(nats: Connection) {
    Kitchen(nats).use {
      val answer = hub.nats { request("kitchen.1", "soup") }
      assertEquals("soup is ready", answer.text)
      hub.journal().await { delivered("kitchen.1") }
    }
  }

  @Test
  fun `coroutines are not needed`() {
    assertThrows(ClassNotFoundException::class.java) { Class.forName("kotlinx.coroutines.Job") }
  }
}
