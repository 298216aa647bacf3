package dev.hubkit.examples

import dev.hubkit.junit.HubResource
import dev.hubkit.junit.WithHub
import dev.hubkit.junit.kotlin.asFlow
import dev.hubkit.junit.kotlin.awaitNext
import dev.hubkit.junit.kotlin.awaitReply
import dev.hubkit.junit.kotlin.awaitWithin
import dev.hubkit.junit.kotlin.publish
import dev.hubkit.junit.kotlin.text
import io.nats.client.Connection
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test

/** Coroutines that all run on the thread of the test, so that a wait that blocks would block all. */
@WithHub(fossil = false)
class CoroutinesTest {

  // @start region="coroutines"
  @Test
  fun `the kitchen answers`(nats: Connection, hub: HubResource) = runBlocking {
    val orders = nats.subscribe("kitchen.*")
    launch {
      val order = orders.awaitNext()
      nats.publish(order.replyTo, "${order.text} is ready")
    }
    assertThat(nats.awaitReply("kitchen.1", "soup").text).isEqualTo("soup is ready")
    hub.journal().await().delivered("kitchen.*").awaitWithin()
    Unit
  }

  @Test
  fun `orders come one after the other`(nats: Connection) = runBlocking {
    val orders = nats.subscribe("orders.*").asFlow()
    val first = async { orders.take(3).map { it.text }.toList() }
    listOf("soup", "stew", "cake").forEach { nats.publish("orders.1", it) }
    assertThat(first.await()).containsExactly("soup", "stew", "cake")
    Unit
  }

  // @end

  @Test
  fun `a wait ends with its coroutine`(nats: Connection) = runBlocking {
    val orders = nats.subscribe("orders.*")
    assertThat(withTimeoutOrNull(10.milliseconds) { orders.awaitNext() }).isNull()
    // No thread of that wait is left to take the message.
    nats.publish("orders.1", "soup")
    assertThat(orders.awaitNext().text).isEqualTo("soup")
    Unit
  }

  @Test
  fun `a flow ends with its subscription`(nats: Connection) = runBlocking {
    val orders = nats.subscribe("orders.*")
    val all = async(start = CoroutineStart.UNDISPATCHED) { orders.asFlow().toList() }
    orders.unsubscribe()
    assertThat(all.await()).isEmpty()
    assertThat(orders.asFlow().toList()).isEmpty()
    Unit
  }

  @Test
  fun `more coroutines wait than a dispatcher has threads`(nats: Connection) = runBlocking {
    val waiting = List(100) { nats.subscribe("orders.*") }.map { async { it.awaitNext().text } }
    launch { nats.publish("orders.1", "soup") }
    assertThat(waiting.awaitAll()).hasSize(100).containsOnly("soup")
    Unit
  }
}
