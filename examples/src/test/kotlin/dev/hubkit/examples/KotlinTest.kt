package dev.hubkit.examples

import dev.hubkit.fossil.Commit
import dev.hubkit.fossil.FileContent
import dev.hubkit.fossil.FossilRepository
import dev.hubkit.junit.Bucket
import dev.hubkit.junit.HubResource
import dev.hubkit.junit.Reset
import dev.hubkit.junit.WithHub
import dev.hubkit.junit.WithStream
import io.nats.client.JetStream
import io.nats.client.KeyValue
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.RepeatedTest

/** The same in Kotlin; each repetition finds the hub as it was declared. */
// @start region="kotlin"
@WithHub(reset = Reset.BEFORE_EACH)
@WithStream(name = "ORDERS", subjects = ["orders.>"])
class KotlinTest(private val hub: HubResource) {

  @RepeatedTest(2)
  fun `an order is stored and its price known`(
    orders: JetStream,
    @Bucket("prices") prices: KeyValue,
    repository: FossilRepository,
  ) {
    prices.put("tea", "2.50")
    assertThat(orders.publish("orders.1", "tea".toByteArray()).seqno).isEqualTo(1)
    assertThat(prices["tea"].valueAsString).isEqualTo("2.50")
    val checkIn = repository.commit(Commit("clerk", "menu").put("menu.txt", FileContent.of("tea\n")))
    val menu = repository.read<ByteArray?, RuntimeException> { it.readFile(checkIn, "menu.txt") }
    assertThat(menu).asString().isEqualTo("tea\n")
    assertThat(hub.natsUrl()).startsWith("nats://127.0.0.1:")
  }
}
// @end
