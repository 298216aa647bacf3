/** Tests of pages in a real browser. */
@NullMarked
package dev.hubkit.view;

import org.jspecify.annotations.NullMarked;
