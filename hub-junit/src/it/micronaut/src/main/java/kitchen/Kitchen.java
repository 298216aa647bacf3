package kitchen;

import io.micronaut.nats.annotation.NatsListener;
import io.micronaut.nats.annotation.Subject;

/** Answers orders that arrive over NATS. */
@NatsListener
public class Kitchen {
  @Subject("kitchen.orders")
  public String prepare(String dish) {
    return dish + " is ready";
  }
}
