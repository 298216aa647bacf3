package dev.hubkit.examples

import dev.hubkit.fossil.FossilRepository
import dev.hubkit.junit.Bucket
import dev.hubkit.junit.HubExtension
import dev.hubkit.junit.HubResource
import dev.hubkit.junit.Reset
import dev.hubkit.junit.WithHub
import dev.hubkit.junit.WithStream
import dev.hubkit.junit.kotlin.advanceUntil
import dev.hubkit.junit.kotlin.await
import dev.hubkit.junit.kotlin.commit
import dev.hubkit.junit.kotlin.header
import dev.hubkit.junit.kotlin.hubExtension
import dev.hubkit.junit.kotlin.nats
import dev.hubkit.junit.kotlin.next
import dev.hubkit.junit.kotlin.publish
import dev.hubkit.junit.kotlin.request
import dev.hubkit.junit.kotlin.set
import dev.hubkit.junit.kotlin.snapshot
import dev.hubkit.junit.kotlin.text
import io.nats.client.Connection
import io.nats.client.JetStream
import io.nats.client.JetStreamManagement
import io.nats.client.KeyValue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.RepeatedTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.RegisterExtension

/** The same in Kotlin; each repetition finds the hub as it was declared. */
// @start region="kotlin"
@WithHub(reset = Reset.BEFORE_EACH)
@WithStream(name = "ORDERS", subjects = ["orders.>"], maxAge = "1m")
class KotlinTest(private val hub: HubResource) {

  @RepeatedTest(2)
  fun `an order is stored and its price known`(
    orders: JetStream,
    @Bucket("prices") prices: KeyValue,
    repository: FossilRepository,
  ) {
    prices["tea"] = "2.50"
    assertThat(orders.publish("orders.1", "tea", "Table" to "4").seqno).isEqualTo(1)
    assertThat(prices["tea"].text).isEqualTo("2.50")

    val checkIn = repository.commit("clerk", "menu", "menu.txt" to "tea\n")
    assertThat(repository.snapshot { text(checkIn, "menu.txt") }).isEqualTo("tea\n")
  }

  @Test
  fun `an order is heard of`(nats: Connection) {
    val orders = nats.subscribe("orders.*")
    hub.nats { publish("orders.1", "tea", "Table" to "4") }
    val order = orders.next()
    assertThat(order.text).isEqualTo("tea")
    assertThat(order.header("Table")).isEqualTo("4")
    hub.journal().await { published("orders.*").containing("tea") }
  }

  @Test
  fun `an order is forgotten after a minute`(orders: JetStream, streams: JetStreamManagement) {
    orders.publish("orders.1", "tea")
    hub.time().advanceUntil(2.minutes) { streams.getStreamInfo("ORDERS").streamState.msgCount == 0L }
  }
}
// @end

/** A hub that is built in code, and what happens when nothing does. */
class KotlinBuilderTest {
  companion object {
    // @start region="builder"
    @JvmField @RegisterExtension val hub: HubExtension = hubExtension { withoutFossil() }
    // @end
  }

  @Test
  fun `what does not come is told`(nats: Connection) {
    val orders = nats.subscribe("orders.*")
    assertThatThrownBy { orders.next(10.milliseconds) }
      .isInstanceOf(AssertionError::class.java)
      .hasMessage("Expected a message on \"orders.*\" within 10ms")
    assertThatThrownBy { nats.request("orders.1", "tea", timeout = 10.milliseconds) }
      .isInstanceOf(AssertionError::class.java)
      .hasMessage("Expected a reply to a request on \"orders.1\" within 10ms")
  }
}
