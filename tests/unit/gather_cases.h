/* Made by make_gather_cases.py: numpy's answers. */

static const short gather_voxels_0[] = {1,    2, 3, 4, 5, 6, 1001, 1002, 1003, 1004, 1005,
                                        1006, 7, 7, 7, 7, 7, 7,    7,    7,    7};
static const char gather_holes_0[] = {0, 0, 1};
static const char gather_shapes_0[] = {2, 3, 2, 3, 3, 3};
static const short gather_voxels_1[] = {1, 2, 3};
static const char gather_holes_1[] = {0};
static const char gather_shapes_1[] = {1, 3, 1};
static const short gather_voxels_2[] = {
    1,    7,    7, 1001, 1002, 2,    7,    7, 1004, 1005, 3,    7,    7, 1007, 1008, 2001,
    2002, 2003, 7, 7,    2004, 2005, 2006, 7, 7,    2007, 2008, 2009, 7, 7,    4001, 4002,
    4003, 5001, 7, 4004, 4005, 4006, 5002, 7, 4007, 4008, 4009, 5003, 7};
static const char gather_holes_2[] = {0, 0, 0, 1, 0, 0};
static const char gather_shapes_2[] = {3, 1, 3, 3, 3, 3, 3, 1, 3, 3, 3, 1};
static const short gather_voxels_3[] = {1,    2,    1001, 1002, 3,    4,
                                        1003, 1004, 5,    6,    1005, 1006};
static const char gather_holes_3[] = {0, 0};
static const char gather_shapes_3[] = {3, 2, 1, 3, 2, 1};
static const short gather_voxels_4[] = {1, 2001, 2, 2002, 3, 2003, 1001, 3001};
static const char gather_holes_4[] = {0, 0, 0, 0};
static const char gather_shapes_4[] = {3, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1};
static const short gather_voxels_5[] = {
    1, 2, 7, 7, 7, 7, 1001, 1002, 1003, 1004, 1005, 1006, 2001, 2002, 7, 7,
    3, 4, 7, 7, 7, 7, 1009, 1010, 1011, 1012, 1013, 1014, 2003, 2004, 7, 7};
static const char gather_holes_5[] = {0, 0, 0};
static const char gather_shapes_5[] = {2, 1, 2, 2, 4, 2, 2, 1, 2};
static const short gather_voxels_6[] = {1, 2};
static const char gather_holes_6[] = {0};
static const char gather_shapes_6[] = {2};
static const short gather_voxels_7[] = {7, 1001};
static const char gather_holes_7[] = {1, 0};
static const char gather_shapes_7[] = {1, 1};
static const short gather_voxels_8[] = {1};
static const char gather_holes_8[] = {0};
static const char gather_shapes_8[] = {1};
static const short gather_voxels_9[] = {1, 2, 3, 4};
static const char gather_holes_9[] = {0};
static const char gather_shapes_9[] = {2, 2};
static const short gather_voxels_10[] = {1, 2, 3, 7, 7};
static const char gather_holes_10[] = {0, 1};
static const char gather_shapes_10[] = {3, 2};
static const short gather_voxels_11[] = {
    1,    7,    4001, 4002,  8001,  7,     7,     7,    7,    8003,  7,     7,     7,
    7,    7,    2001, 2002,  6001,  6002,  10001, 2005, 2006, 6004,  6005,  10004, 2,
    7,    4005, 4006, 8005,  7,     7,     7,     7,    8007, 7,     7,     7,     7,
    7,    2017, 2018, 6013,  6014,  10007, 2021,  2022, 6016, 6017,  10010, 1001,  1002,
    7,    7,    9001, 1005,  1006,  7,     7,     9005, 1009, 1010,  7,     7,     9009,
    3001, 7,    7001, 7002,  11001, 7,     7,     7004, 7005, 11003, 1013,  1014,  7,
    7,    9013, 1017, 1018,  7,     7,     9017,  1021, 1022, 7,     7,     9021,  3002,
    7,    7010, 7011, 11007, 7,     7,     7013,  7014, 11009};
static const char gather_holes_11[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
static const char gather_shapes_11[] = {2, 1, 1, 2, 3, 4, 2, 4, 4, 2, 1, 1,
                                        2, 1, 4, 2, 1, 4, 2, 4, 3, 2, 3, 3,
                                        2, 2, 2, 2, 3, 4, 2, 2, 3, 2, 3, 2};
static const short gather_voxels_12[] = {1, 2, 1001, 1002};
static const char gather_holes_12[] = {0, 0};
static const char gather_shapes_12[] = {1, 1, 2, 1, 1, 2};
static const short gather_voxels_13[] = {1};
static const char gather_holes_13[] = {0};
static const char gather_shapes_13[] = {1};
static const short gather_voxels_14[] = {1, 7, 7, 1001, 1002, 1003, 2001, 7};
static const char gather_holes_14[] = {0, 0, 0};
static const char gather_shapes_14[] = {1, 1, 1, 4, 1, 1};
static const short gather_voxels_15[] = {
    1,    2,    1001, 1002, 1003, 2001, 2002, 3001, 3002, 3003, 2003, 2004, 3004,
    3005, 3006, 2005, 2006, 3007, 3008, 3009, 4001, 4002, 5001, 5002, 5003};
static const char gather_holes_15[] = {0, 0, 0, 0, 0, 0};
static const char gather_shapes_15[] = {1, 2, 1, 3, 3, 2, 3, 3, 1, 2, 1, 3};
static const short gather_voxels_16[] = {
    1,    2,    3,    2001, 2002, 2003, 4,    5,    6,    2004, 2005, 2006, 7,    8,
    9,    2007, 2008, 2009, 10,   11,   12,   2010, 2011, 2012, 1001, 1002, 1003, 3001,
    3002, 3003, 1004, 1005, 1006, 3004, 3005, 3006, 4001, 4002, 4003, 7,    7,    7,
    4004, 4005, 4006, 7,    7,    7,    4007, 4008, 4009, 7,    7,    7,    4010, 4011,
    4012, 7,    7,    7,    4013, 4014, 4015, 7,    7,    7,    4016, 4017, 4018, 7,
    7,    7,    5001, 5002, 5003, 7001, 7002, 7003, 5004, 5005, 5006, 7004, 7005, 7006};
static const char gather_holes_16[] = {0, 0, 0, 0, 0, 0, 1, 0};
static const char gather_shapes_16[] = {2, 2, 3, 1, 2, 3, 2, 2, 3, 1, 2, 3,
                                        3, 2, 3, 1, 2, 3, 3, 2, 3, 1, 2, 3};
static const short gather_voxels_17[] = {1,    2,    3,    4,    5,    6,    7,    8,
                                         9,    10,   11,   12,   1001, 1002, 1003, 1004,
                                         1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012};
static const char gather_holes_17[] = {0, 0};
static const char gather_shapes_17[] = {2, 3, 2, 2, 3, 2};
static const short gather_voxels_18[] = {1, 7, 2, 7};
static const char gather_holes_18[] = {0, 1};
static const char gather_shapes_18[] = {2, 2};
static const short gather_voxels_19[] = {1, 2, 1001, 1002};
static const char gather_holes_19[] = {0, 0};
static const char gather_shapes_19[] = {2, 2};
static const short gather_voxels_20[] = {1, 7, 5, 7, 9, 7, 13, 7, 17, 7, 21, 7};
static const char gather_holes_20[] = {0, 1};
static const char gather_shapes_20[] = {3, 2, 4, 3, 2, 1};
static const short gather_voxels_21[] = {1,    2,    3,    4,    5,    6,
                                         1001, 1002, 1003, 1004, 1005, 1006,
                                         2001, 2002, 2003, 2004, 2005, 2006};
static const char gather_holes_21[] = {0, 0, 0};
static const char gather_shapes_21[] = {1, 3, 2, 1, 3, 2, 1, 3, 2};
static const short gather_voxels_22[] = {1, 2, 1001, 3, 4, 1002, 5, 6, 1003};
static const char gather_holes_22[] = {0, 0};
static const char gather_shapes_22[] = {3, 2, 3, 1};
static const short gather_voxels_23[] = {1, 2, 1001, 5, 6, 1003, 9, 10, 1005};
static const char gather_holes_23[] = {0, 0};
static const char gather_shapes_23[] = {3, 1, 4, 3, 1, 2};
static const short gather_voxels_24[] = {1, 1001, 1002, 1003, 2001, 2002, 2003,
                                         2, 1004, 1005, 1006, 2004, 2005, 2006,
                                         3, 1007, 1008, 1009, 2007, 2008, 2009};
static const char gather_holes_24[] = {0, 0, 0};
static const char gather_shapes_24[] = {3, 1, 1, 3, 1, 3, 3, 1, 3};
static const short gather_voxels_25[] = {7, 7, 7};
static const char gather_holes_25[] = {1};
static const char gather_shapes_25[] = {1, 3};
static const short gather_voxels_26[] = {1, 2, 7, 1001, 1002, 7, 2001, 7, 7,
                                         3, 4, 7, 1003, 1004, 7, 7,    7, 7,
                                         7, 7, 7, 7,    7,    7, 7,    7, 7};
static const char gather_holes_26[] = {0, 0, 0};
static const char gather_shapes_26[] = {2, 2, 2, 2, 1, 1};
static const short gather_voxels_27[] = {1, 2};
static const char gather_holes_27[] = {0};
static const char gather_shapes_27[] = {2};
static const short gather_voxels_28[] = {
    1,    1001, 1002, 1003, 2001, 2002, 2003, 2,    1004, 1005, 1006, 2004, 2005,
    2006, 3,    1007, 1008, 1009, 2007, 2008, 2009, 4,    1010, 1011, 1012, 2010,
    2011, 2012, 5,    1013, 1014, 1015, 2013, 2014, 2015, 6,    1016, 1017, 1018,
    2016, 2017, 2018, 7,    1019, 1020, 1021, 2019, 2020, 2021, 8,    1022, 1023,
    1024, 2022, 2023, 2024, 9,    1025, 1026, 1027, 2025, 2026, 2027};
static const char gather_holes_28[] = {0, 0, 0};
static const char gather_shapes_28[] = {3, 3, 1, 3, 3, 3, 3, 3, 3};
static const short gather_voxels_29[] = {7, 1001};
static const char gather_holes_29[] = {1, 0};
static const char gather_shapes_29[] = {3, 1};
static const short gather_voxels_30[] = {1, 1001, 2001, 2, 1002, 2002};
static const char gather_holes_30[] = {0, 0, 0};
static const char gather_shapes_30[] = {2, 2, 2};
static const short gather_voxels_31[] = {7,    3001, 3002, 3003, 6001, 6002, 9001,
                                         1001, 4001, 4002, 4003, 7001, 7002, 7,
                                         2001, 5001, 5002, 5003, 8001, 8002, 11001};
static const char gather_holes_31[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
static const char gather_shapes_31[] = {1, 1, 1, 3, 3, 3, 2, 2, 2, 1, 1, 1};
static const short gather_voxels_32[] = {1, 2, 1001, 1002, 2001, 2002};
static const char gather_holes_32[] = {0, 0, 0};
static const char gather_shapes_32[] = {3, 4, 3};
static const short gather_voxels_33[] = {1,    2001, 4001, 2,    2002, 4002, 3,    2003,
                                         4003, 4,    2004, 4004, 1001, 3001, 5001, 1002,
                                         3002, 5002, 1003, 3003, 5003, 1004, 3004, 5004,
                                         1005, 3005, 5005, 1006, 3006, 5006};
static const char gather_holes_33[] = {0, 0, 0, 0, 0, 0};
static const char gather_shapes_33[] = {2, 2, 1, 3, 2, 1, 2, 2, 1,
                                        3, 2, 1, 2, 2, 1, 3, 2, 1};
static const short gather_voxels_34[] = {1, 2, 3, 4, 5, 6, 7, 7, 7, 2001, 2002, 2003};
static const char gather_holes_34[] = {0, 1, 0};
static const char gather_shapes_34[] = {2, 3, 1, 3, 1, 3};
static const short gather_voxels_35[] = {1, 2, 1001, 1002, 2001};
static const char gather_holes_35[] = {0, 0, 0};
static const char gather_shapes_35[] = {4, 4, 2};
static const short gather_voxels_36[] = {1, 2, 3, 1001, 1002, 1003,
                                         4, 5, 6, 1004, 1005, 1006};
static const char gather_holes_36[] = {0, 0};
static const char gather_shapes_36[] = {2, 3, 2, 3};
static const short gather_voxels_37[] = {1, 2, 3, 1001, 2001, 2002, 2003};
static const char gather_holes_37[] = {0, 0, 0};
static const char gather_shapes_37[] = {3, 1, 1, 1, 1, 1, 3, 1, 1};
static const short gather_voxels_38[] = {1,    2, 7, 1001, 1002, 1003, 2001, 2002, 2003,
                                         3001, 7, 7, 4001, 4002, 4003, 5001, 5002, 5003};
static const char gather_holes_38[] = {0, 0, 0, 0, 0, 0};
static const char gather_shapes_38[] = {2, 3, 4, 1, 4, 4};
static const short gather_voxels_39[] = {
    1,    2,    3,    1001, 1002, 1003, 2001, 2002, 2003, 4,    5,    6,    1004, 1005,
    1006, 2004, 2005, 2006, 7,    8,    9,    1007, 1008, 1009, 2007, 2008, 2009, 10,
    11,   12,   1010, 1011, 1012, 2010, 2011, 2012, 13,   14,   15,   1013, 1014, 1015,
    2013, 2014, 2015, 16,   17,   18,   1016, 1017, 1018, 2016, 2017, 2018};
static const char gather_holes_39[] = {0, 0, 0};
static const char gather_shapes_39[] = {2, 3, 3, 2, 3, 3, 2, 3, 3};
static const short gather_voxels_40[] = {
    1,    2,    1001, 1002, 2001, 3001, 3002, 4001, 4002, 5001, 3,    4,
    1003, 1004, 2002, 3003, 3004, 4003, 4004, 5002, 5,    6,    1005, 1006,
    2003, 3005, 3006, 4005, 4006, 5003, 7,    8,    1007, 1008, 2004, 3007,
    3008, 4007, 4008, 5004, 9,    10,   1009, 1010, 2005, 3009, 3010, 4009,
    4010, 5005, 11,   12,   1011, 1012, 2006, 3011, 3012, 4011, 4012, 5006};
static const char gather_holes_40[] = {0, 0, 0, 0, 0, 0};
static const char gather_shapes_40[] = {3, 2, 2, 3, 2, 2, 3, 2, 1,
                                        3, 2, 2, 3, 2, 2, 3, 2, 1};
static const short gather_voxels_41[] = {1, 2, 3, 3001, 7, 7, 7, 4001, 2001, 7, 7, 5001};
static const char gather_holes_41[] = {0, 1, 0, 0, 0, 0};
static const char gather_shapes_41[] = {1, 4, 3, 1, 3, 1, 1, 1, 2, 1, 4, 2};
static const short gather_voxels_42[] = {
    7,     7,     7,     7,     7,     4001,  4002,  4003,  6001,  6002,  8001,  8002,
    8003,  10001, 10002, 10003, 6003,  6004,  8004,  8005,  8006,  10004, 10005, 10006,
    12001, 12002, 14001, 14002, 14003, 16001, 16002, 16003, 7,     7,     7,     7,
    7,     4004,  4005,  4006,  6005,  6006,  8007,  8008,  8009,  10007, 10008, 10009,
    6007,  6008,  8010,  8011,  8012,  10010, 10011, 10012, 12003, 12004, 14004, 14005,
    14006, 16004, 16005, 16006, 7,     7,     7,     7,     7,     4007,  4008,  4009,
    6009,  6010,  8013,  8014,  8015,  10013, 10014, 10015, 6011,  6012,  8016,  8017,
    8018,  10016, 10017, 10018, 12005, 12006, 14007, 14008, 14009, 16007, 16008, 16009,
    1001,  1002,  3001,  3002,  3003,  5001,  5002,  5003,  7001,  7002,  9001,  9002,
    9003,  11001, 11002, 11003, 7003,  7004,  9004,  9005,  9006,  11004, 11005, 11006,
    13001, 13002, 15001, 15002, 15003, 17001, 17002, 17003, 1003,  1004,  3004,  3005,
    3006,  5004,  5005,  5006,  7005,  7006,  9007,  9008,  9009,  11007, 11008, 11009,
    7007,  7008,  9010,  9011,  9012,  11010, 11011, 11012, 13003, 13004, 15004, 15005,
    15006, 17004, 17005, 17006};
static const char gather_holes_42[] = {1, 0, 1, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0};
static const char gather_shapes_42[] = {
    3, 1, 2, 2, 1, 2, 3, 1, 3, 2, 1, 3, 3, 1, 3, 2, 1, 3, 3, 2, 2, 2, 2, 2, 3, 2, 3,
    2, 2, 3, 3, 2, 3, 2, 2, 3, 3, 1, 2, 2, 1, 2, 3, 1, 3, 2, 1, 3, 3, 1, 3, 2, 1, 3};
static const short gather_voxels_43[] = {1, 2, 3};
static const char gather_holes_43[] = {0};
static const char gather_shapes_43[] = {3};
static const short gather_voxels_44[] = {1, 2, 3, 1001, 1002, 1003};
static const char gather_holes_44[] = {0, 0};
static const char gather_shapes_44[] = {3, 3};
static const short gather_voxels_45[] = {
    1, 1001, 2001, 3001, 2, 1002, 2002, 3002, 3, 1003, 2003, 3003, 4, 1004, 2004, 3004,
    5, 1005, 2005, 3005, 6, 1006, 2006, 3006, 7, 1007, 2007, 3007, 8, 1008, 2008, 3008};
static const char gather_holes_45[] = {0, 0, 0, 0};
static const char gather_shapes_45[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
static const short gather_voxels_46[] = {1, 2, 3, 4, 1001, 1002, 1003, 1004};
static const char gather_holes_46[] = {0, 0};
static const char gather_shapes_46[] = {2, 2, 2, 2};
static const short gather_voxels_47[] = {7,    1001, 2001, 3001, 4001,  5001,
                                         6001, 7001, 8001, 7,    10001, 11001};
static const char gather_holes_47[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
static const char gather_shapes_47[] = {3, 1, 1, 4, 1, 1, 3, 1, 1, 4, 1, 2,
                                        1, 1, 4, 4, 1, 4, 3, 1, 3, 1, 1, 3,
                                        1, 1, 3, 2, 1, 1, 4, 1, 1, 1, 1, 4};

static const struct gather_case {
  int nd;
  int64_t shape[3];
  int naxes;
  struct view_gather_axis axes[4];
  int64_t bounds[3][5];
  int64_t pitch[3], extent[3];
  int result_nd;
  int64_t result[5];
  const short *voxels;
  const char *holes, *shapes; /* of the pieces */
} gather_cases[] = {
    {2,
     {0, 3},
     1,
     {{true, 0, 3}},
     {{0, 2, 4, 7}, {0}},
     {0, 0},
     {0, 0},
     2,
     {7, 3},
     gather_voxels_0,
     gather_holes_0,
     gather_shapes_0},
    {3,
     {0, 3, 1},
     1,
     {{true, 0, 1}},
     {{0, 1}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {1, 3, 1},
     gather_voxels_1,
     gather_holes_1,
     gather_shapes_1},
    {2,
     {3, 0},
     2,
     {{false, 0, 3}, {true, 1, 2}},
     {{0}, {0, 1, 3}},
     {0, 3},
     {0, 5},
     3,
     {3, 3, 5},
     gather_voxels_2,
     gather_holes_2,
     gather_shapes_2},
    {3,
     {0, 0, 1},
     2,
     {{true, 0, 1}, {true, 1, 2}},
     {{0, 3}, {0, 2, 4}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {3, 4, 1},
     gather_voxels_3,
     gather_holes_3,
     gather_shapes_3},
    {3,
     {0, 1, 1},
     3,
     {{false, 1, 2}, {true, 0, 2}, {true, 0, 1}},
     {{0, 3, 4}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {4, 2, 1, 1},
     gather_voxels_4,
     gather_holes_4,
     gather_shapes_4},
    {3,
     {2, 0, 2},
     2,
     {{true, 1, 3}, {true, 1, 1}},
     {{0}, {0, 2, 3, 4}, {0}},
     {0, 3, 0},
     {0, 8, 0},
     3,
     {2, 8, 2},
     gather_voxels_5,
     gather_holes_5,
     gather_shapes_5},
    {1,
     {0},
     3,
     {{false, 1, 1}, {true, 0, 1}, {true, 0, 1}},
     {{0, 2}},
     {0},
     {0},
     2,
     {2, 1},
     gather_voxels_6,
     gather_holes_6,
     gather_shapes_6},
    {1,
     {0},
     2,
     {{true, 0, 2}, {true, 0, 1}},
     {{0, 1, 2}},
     {0},
     {0},
     1,
     {2},
     gather_voxels_7,
     gather_holes_7,
     gather_shapes_7},
    {1,
     {1},
     1,
     {{false, 0, 1}},
     {{0}},
     {0},
     {0},
     2,
     {1, 1},
     gather_voxels_8,
     gather_holes_8,
     gather_shapes_8},
    {2,
     {0, 2},
     1,
     {{true, 0, 1}},
     {{0, 2}, {0}},
     {0, 0},
     {0, 0},
     2,
     {2, 2},
     gather_voxels_9,
     gather_holes_9,
     gather_shapes_9},
    {1,
     {0},
     1,
     {{true, 0, 2}},
     {{0, 3, 5}},
     {0},
     {0},
     1,
     {5},
     gather_voxels_10,
     gather_holes_10,
     gather_shapes_10},
    {3,
     {2, 0, 0},
     3,
     {{true, 2, 3}, {true, 1, 2}, {false, 0, 2}},
     {{0}, {0, 1, 3}, {0, 3, 4, 7}},
     {0, 3, 2},
     {0, 5, 5},
     4,
     {2, 2, 5, 5},
     gather_voxels_11,
     gather_holes_11,
     gather_shapes_11},
    {3,
     {1, 0, 2},
     2,
     {{true, 1, 1}, {false, 1, 2}},
     {{0}, {0, 1}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {1, 2, 1, 2},
     gather_voxels_12,
     gather_holes_12,
     gather_shapes_12},
    {1,
     {0},
     1,
     {{true, 0, 1}},
     {{0, 1}},
     {0},
     {0},
     1,
     {1},
     gather_voxels_13,
     gather_holes_13,
     gather_shapes_13},
    {2,
     {1, 0},
     1,
     {{true, 1, 3}},
     {{0}, {0, 3, 6, 8}},
     {0, 3},
     {0, 8},
     2,
     {1, 8},
     gather_voxels_14,
     gather_holes_14,
     gather_shapes_14},
    {2,
     {0, 0},
     3,
     {{true, 0, 3}, {true, 0, 1}, {true, 1, 2}},
     {{0, 1, 4, 5}, {0, 2, 5}},
     {0, 0},
     {0, 0},
     2,
     {5, 5},
     gather_voxels_15,
     gather_holes_15,
     gather_shapes_15},
    {3,
     {0, 2, 0},
     4,
     {{true, 2, 1}, {true, 0, 2}, {true, 2, 2}, {true, 0, 2}},
     {{0, 2, 3, 6, 7}, {0}, {0, 3, 6}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {7, 2, 6},
     gather_voxels_16,
     gather_holes_16,
     gather_shapes_16},
    {3,
     {2, 3, 2},
     1,
     {{false, 0, 2}},
     {{0}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {2, 2, 3, 2},
     gather_voxels_17,
     gather_holes_17,
     gather_shapes_17},
    {1,
     {2},
     1,
     {{false, 1, 2}},
     {{0}},
     {0},
     {0},
     2,
     {2, 2},
     gather_voxels_18,
     gather_holes_18,
     gather_shapes_18},
    {1,
     {2},
     1,
     {{false, 0, 2}},
     {{0}},
     {0},
     {0},
     2,
     {2, 2},
     gather_voxels_19,
     gather_holes_19,
     gather_shapes_19},
    {3,
     {3, 2, 0},
     3,
     {{false, 2, 2}, {true, 2, 1}, {false, 4, 1}},
     {{0}, {0}, {0, 1}},
     {0, 0, 2},
     {0, 0, 1},
     5,
     {3, 2, 2, 1, 1},
     gather_voxels_20,
     gather_holes_20,
     gather_shapes_20},
    {3,
     {1, 3, 2},
     1,
     {{false, 1, 3}},
     {{0}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {1, 3, 3, 2},
     gather_voxels_21,
     gather_holes_21,
     gather_shapes_21},
    {2,
     {3, 0},
     1,
     {{true, 1, 2}},
     {{0}, {0, 2, 3}},
     {0, 0},
     {0, 0},
     2,
     {3, 3},
     gather_voxels_22,
     gather_holes_22,
     gather_shapes_22},
    {3,
     {3, 1, 0},
     1,
     {{true, 2, 2}},
     {{0}, {0}, {0, 3, 6}},
     {0, 0, 2},
     {0, 0, 3},
     3,
     {3, 1, 3},
     gather_voxels_23,
     gather_holes_23,
     gather_shapes_23},
    {3,
     {3, 1, 0},
     2,
     {{true, 2, 1}, {true, 2, 3}},
     {{0}, {0}, {0, 1, 4, 7}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {3, 1, 7},
     gather_voxels_24,
     gather_holes_24,
     gather_shapes_24},
    {2,
     {0, 3},
     2,
     {{true, 0, 1}, {true, 0, 1}},
     {{0, 1}, {0}},
     {0, 0},
     {0, 0},
     2,
     {1, 3},
     gather_voxels_25,
     gather_holes_25,
     gather_shapes_25},
    {2,
     {0, 0},
     3,
     {{true, 1, 1}, {true, 1, 3}, {true, 0, 1}},
     {{0, 2}, {0, 1, 2, 3}},
     {3, 3},
     {3, 9},
     2,
     {3, 9},
     gather_voxels_26,
     gather_holes_26,
     gather_shapes_26},
    {1,
     {0},
     1,
     {{true, 0, 1}},
     {{0, 2}},
     {0},
     {0},
     1,
     {2},
     gather_voxels_27,
     gather_holes_27,
     gather_shapes_27},
    {3,
     {3, 0, 0},
     4,
     {{true, 2, 1}, {false, 3, 1}, {true, 1, 1}, {true, 2, 3}},
     {{0}, {0, 3}, {0, 1, 4, 7}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {3, 3, 7, 1},
     gather_voxels_28,
     gather_holes_28,
     gather_shapes_28},
    {1,
     {0},
     2,
     {{true, 0, 1}, {true, 0, 2}},
     {{0, 1, 3}},
     {1},
     {2},
     1,
     {2},
     gather_voxels_29,
     gather_holes_29,
     gather_shapes_29},
    {1,
     {2},
     1,
     {{false, 1, 3}},
     {{0}},
     {0},
     {0},
     2,
     {2, 3},
     gather_voxels_30,
     gather_holes_30,
     gather_shapes_30},
    {1,
     {0},
     4,
     {{true, 0, 2}, {true, 0, 1}, {true, 0, 2}, {false, 0, 3}},
     {{0, 1, 4, 6, 7}},
     {0},
     {0},
     2,
     {3, 7},
     gather_voxels_31,
     gather_holes_31,
     gather_shapes_31},
    {1,
     {0},
     2,
     {{false, 0, 1}, {true, 0, 3}},
     {{0, 2, 4, 6}},
     {2},
     {6},
     2,
     {1, 6},
     gather_voxels_32,
     gather_holes_32,
     gather_shapes_32},
    {3,
     {0, 2, 1},
     3,
     {{false, 0, 1}, {false, 3, 3}, {true, 0, 2}},
     {{0, 2, 5}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     5,
     {1, 5, 2, 3, 1},
     gather_voxels_33,
     gather_holes_33,
     gather_shapes_33},
    {2,
     {0, 3},
     1,
     {{true, 0, 3}},
     {{0, 2, 3, 4}, {0}},
     {0, 0},
     {0, 0},
     2,
     {4, 3},
     gather_voxels_34,
     gather_holes_34,
     gather_shapes_34},
    {1,
     {0},
     1,
     {{true, 0, 3}},
     {{0, 1, 2, 4}},
     {2},
     {5},
     1,
     {5},
     gather_voxels_35,
     gather_holes_35,
     gather_shapes_35},
    {2,
     {2, 3},
     2,
     {{false, 1, 1}, {false, 2, 2}},
     {{0}, {0}},
     {0, 0},
     {0, 0},
     4,
     {2, 1, 2, 3},
     gather_voxels_36,
     gather_holes_36,
     gather_shapes_36},
    {3,
     {0, 1, 0},
     3,
     {{true, 0, 1}, {true, 0, 3}, {true, 2, 1}},
     {{0, 3, 4, 7}, {0}, {0, 1}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {7, 1, 1},
     gather_voxels_37,
     gather_holes_37,
     gather_shapes_37},
    {1,
     {0},
     2,
     {{false, 0, 3}, {true, 0, 2}},
     {{0, 2, 3}},
     {3},
     {6},
     2,
     {3, 6},
     gather_voxels_38,
     gather_holes_38,
     gather_shapes_38},
    {3,
     {0, 3, 0},
     3,
     {{true, 0, 1}, {false, 2, 3}, {true, 2, 1}},
     {{0, 2}, {0}, {0, 3}},
     {0, 0, 0},
     {0, 0, 0},
     4,
     {2, 3, 3, 3},
     gather_voxels_39,
     gather_holes_39,
     gather_shapes_39},
    {3,
     {3, 2, 0},
     3,
     {{false, 3, 1}, {false, 2, 2}, {true, 2, 3}},
     {{0}, {0}, {0, 2, 4, 5}},
     {0, 0, 0},
     {0, 0, 0},
     5,
     {3, 2, 2, 1, 5},
     gather_voxels_40,
     gather_holes_40,
     gather_shapes_40},
    {2,
     {0, 0},
     4,
     {{false, 1, 1}, {true, 1, 2}, {false, 0, 3}, {true, 0, 1}},
     {{0, 2}, {0, 1, 2}},
     {3, 3},
     {1, 4},
     4,
     {3, 1, 1, 4},
     gather_voxels_41,
     gather_holes_41,
     gather_shapes_41},
    {3,
     {0, 0, 0},
     4,
     {{true, 1, 3}, {true, 2, 1}, {true, 2, 3}, {true, 0, 2}},
     {{0, 3, 5}, {0, 1, 3, 4}, {0, 2, 5, 8}},
     {0, 0, 0},
     {0, 0, 0},
     3,
     {5, 4, 8},
     gather_voxels_42,
     gather_holes_42,
     gather_shapes_42},
    {1,
     {0},
     1,
     {{true, 0, 1}},
     {{0, 3}},
     {0},
     {0},
     1,
     {3},
     gather_voxels_43,
     gather_holes_43,
     gather_shapes_43},
    {1,
     {3},
     1,
     {{false, 0, 2}},
     {{0}},
     {0},
     {0},
     2,
     {2, 3},
     gather_voxels_44,
     gather_holes_44,
     gather_shapes_44},
    {3,
     {2, 2, 2},
     2,
     {{false, 3, 2}, {false, 4, 2}},
     {{0}, {0}, {0}},
     {0, 0, 0},
     {0, 0, 0},
     5,
     {2, 2, 2, 2, 2},
     gather_voxels_45,
     gather_holes_45,
     gather_shapes_45},
    {2,
     {0, 0},
     4,
     {{true, 0, 1}, {true, 0, 2}, {true, 1, 1}, {true, 0, 1}},
     {{0, 2, 4}, {0, 2}},
     {0, 0},
     {0, 0},
     2,
     {4, 2},
     gather_voxels_46,
     gather_holes_46,
     gather_shapes_46},
    {3,
     {0, 1, 0},
     4,
     {{true, 0, 2}, {true, 0, 2}, {true, 2, 1}, {true, 2, 3}},
     {{0, 3, 5, 8, 11}, {0}, {0, 1, 4, 5}},
     {1, 0, 1},
     {4, 0, 3},
     3,
     {4, 1, 3},
     gather_voxels_47,
     gather_holes_47,
     gather_shapes_47},
};
