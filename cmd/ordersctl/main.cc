#include "ordersctl/app.h"

int main(int argc, char** argv) { return orders::ctl::run(argc, argv); }
