/* SPDX-License-Identifier: MIT */
/*
 * The VGA adapter's 80x25 text screen, through the direct map of low memory. Used until dom0 takes
 * the screen over. Escape sequences are not understood: control characters but newline are skipped.
 */
#include <console/device.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/paging.h>

#define VGA_TEXT_MADDR   0xb8000
#define VGA_COLUMNS      80
#define VGA_ROWS         25
#define VGA_ATTRIBUTE    0x0700 /* grey on black */
#define CRTC_INDEX       0x3d4
#define CRTC_CURSOR_HIGH 0x0e
#define CRTC_CURSOR_LOW  0x0f

static volatile u16 *vga_cells;
static u32 vga_row, vga_column;

static u8 crtc_read(u8 reg)
{
	outb(CRTC_INDEX, reg);
	return inb(CRTC_INDEX + 1);
}

static void crtc_write(u8 reg, u8 val)
{
	outb(CRTC_INDEX, reg);
	outb(CRTC_INDEX + 1, val);
}

bool vga_init(void)
{
	u32 at = crtc_read(CRTC_CURSOR_HIGH) << 8 | crtc_read(CRTC_CURSOR_LOW);

	vga_cells = direct_map(VGA_TEXT_MADDR);

	/* Without an adapter the bus reads all ones, and stores get lost. */
	if (vga_cells[0] == 0xffff) {
		vga_cells[0] = VGA_ATTRIBUTE | ' ';
		if (vga_cells[0] != (VGA_ATTRIBUTE | ' '))
			return false;
	}

	vga_row = MIN(at / VGA_COLUMNS, VGA_ROWS - 1u);
	vga_column = 0;
	return true;
}

static void vga_scroll(void)
{
	u32 last = VGA_COLUMNS * (VGA_ROWS - 1);

	for (u32 i = 0; i < last; i++)
		vga_cells[i] = vga_cells[i + VGA_COLUMNS];
	for (u32 i = last; i < last + VGA_COLUMNS; i++)
		vga_cells[i] = VGA_ATTRIBUTE | ' ';
	vga_row--;
}

static u32 cursor(void)
{
	return vga_row * VGA_COLUMNS + vga_column;
}

static void vga_put(char c)
{
	if (c == '\n' || vga_column == VGA_COLUMNS) {
		vga_column = 0;
		vga_row++;
	}
	if (vga_row == VGA_ROWS)
		vga_scroll();

	if (c == '\t')
		c = ' ';
	if ((u8)c < ' ')
		return;

	vga_cells[cursor()] = VGA_ATTRIBUTE | (u8)c;
	vga_column++;
}

void vga_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vga_put(text[i]);

	crtc_write(CRTC_CURSOR_HIGH, cursor() >> 8);
	crtc_write(CRTC_CURSOR_LOW, cursor() & 0xff);
}
