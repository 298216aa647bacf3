package kitchen

import io.nats.client.Connection
import io.nats.client.Dispatcher

/** Answers orders that arrive over NATS. */
class Kitchen(private val nats: Connection) : AutoCloseable {
  private val orders: Dispatcher =
    nats
      .createDispatcher { order ->
        nats.publish(order.replyTo, "${String(order.data)} is ready".toByteArray())
      }
      .subscribe("kitchen.*")

  override fun close() = nats.closeDispatcher(orders)
}
